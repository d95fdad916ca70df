//! The figures of a run, and the Markdown tables that they become.

use crate::clients::Contender;
use crate::system::Spent;
use crate::wire::{Job, Workload};
use std::time::Duration;

/// A workload with a message size, over TCP or TLS, and what was measured of it.
pub(crate) struct Cell {
    pub(crate) tls: bool,
    pub(crate) job: Job,
    samples: Vec<Sample>,
}

/// What one message took, in microseconds.
struct Sample {
    contender: Contender,
    cpu: f64,
    wall: f64,
}

impl Cell {
    pub(crate) fn new(tls: bool, job: Job) -> Self {
        Self { tls, job, samples: Vec::new() }
    }

    pub(crate) fn name(&self) -> String {
        format!("{}:{}:{}", scheme(self.tls), self.job.workload.name(), self.job.size)
    }

    pub(crate) fn add(&mut self, contender: Contender, spent: Spent, messages: usize) {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / messages as f64;
        self.samples.push(Sample { contender, cpu: each(spent.cpu), wall: each(spent.wall) });
    }

    /// The figures of a contender, smallest first.
    fn sorted(&self, contender: Contender, figure: fn(&Sample) -> f64) -> Vec<f64> {
        let mut figures: Vec<f64> =
            self.samples.iter().filter(|sample| sample.contender == contender).map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures
    }

    fn row(&self, ours: Contender) -> String {
        let cpu = |contender| smallest(&self.sorted(contender, |sample| sample.cpu));
        let wall = |contender| smallest(&self.sorted(contender, |sample| sample.wall));
        let all = self.sorted(ours, |sample| sample.cpu);
        let median = all.get(all.len() / 2).copied().unwrap_or(f64::NAN);
        let (raw, other) = (Contender::Raw, Contender::Tungstenite);
        let columns = [
            what(ours, self.job.workload).to_owned(),
            size(self.job.size),
            time(cpu(ours)),
            time(median),
            time(cpu(raw)),
            time(cpu(other)),
            format!("{:.2}", cpu(ours) / cpu(raw)),
            format!("{:.2}", cpu(ours) / cpu(other)),
            time(wall(ours)),
            time(wall(raw)),
            time(wall(other)),
        ];
        format!("| {} |", columns.join(" | "))
    }
}

/// One table for TCP and one for TLS.
pub(crate) fn print(cells: &[Cell], rounds: usize) {
    println!("Microseconds per message. The smallest of {rounds} rounds, but where it says median.");
    for tls in [false, true] {
        let cells: Vec<&Cell> = cells.iter().filter(|cell| cell.tls == tls).collect();
        if cells.is_empty() {
            continue;
        }
        println!("\n### {}\n", scheme(tls));
        println!(
            "| workload | size | ckws CPU | median | raw CPU | tungstenite CPU | ckws : raw | ckws : tungstenite \
             | ckws wall | raw wall | tungstenite wall |"
        );
        println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        for ours in [Contender::Ckws, Contender::CkwsReadFrame] {
            for cell in cells.iter().filter(|cell| cell.samples.iter().any(|sample| sample.contender == ours))
            {
                println!("{}", cell.row(ours));
            }
        }
    }
}

fn what(contender: Contender, workload: Workload) -> &'static str {
    match (contender, workload) {
        (Contender::CkwsReadFrame, _) => "receive by read_frame + get_frame_data_bytes",
        (_, Workload::Receive) => "receive by ckws_receive",
        (_, Workload::Send) => "send, auto_flush on",
        (_, Workload::SendBatched) => "send, auto_flush off + flush",
        (_, Workload::Echo) => "echo",
    }
}

fn scheme(tls: bool) -> &'static str {
    if tls { "wss" } else { "ws" }
}

fn size(bytes: usize) -> String {
    match bytes {
        0x10_0000.. => format!("{} MiB", bytes >> 20),
        0x400.. => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} B"),
    }
}

fn smallest(sorted: &[f64]) -> f64 {
    sorted.first().copied().unwrap_or(f64::NAN)
}

/// Three digits that mean something.
fn time(microseconds: f64) -> String {
    match microseconds {
        100.0.. => format!("{microseconds:.0}"),
        10.0.. => format!("{microseconds:.1}"),
        1.0.. => format!("{microseconds:.2}"),
        _ => format!("{microseconds:.3}"),
    }
}
