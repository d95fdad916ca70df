//! Measures what a message costs the client: libckws, tungstenite, and the bare bytes, side by side.
//!
//!     cargo bench --bench throughput                       all of it, about two minutes
//!     cargo bench --bench throughput -- --quick            a look, in some seconds
//!     cargo bench --bench throughput -- --only "ws:receive:32"     the cells whose name begins so
//!
//! The server is this program again, in a process of its own on another core. All contenders of a cell run in
//! turn, several times over, so that whatever else the machine does meets all of them; the smallest figure of
//! the rounds is the one to compare. docs/performance.md says more.
//!
//! `throughput once CLIENT ws|wss WORKLOAD SIZE COUNT` does one measurement alone, for tracers and profilers.

mod clients;
mod report;
mod server;
mod system;
mod wire;

use clients::Contender;
use report::Cell;
use server::Server;
use std::env;
use system::{Moment, Spent};
use wire::{Job, Result, Workload};

const SIZES: [usize; 4] = [32, 1024, 64 * 1024, 1024 * 1024];

/// Of a measurement, one in so many messages goes before, to warm buffers up.
const WARM_UP: usize = 8;

/// The core of the client; the server has the one before.
const CORE: usize = 1;

struct Options {
    rounds: usize,
    /// How much less than usual is sent in a measurement.
    divisor: usize,
    only: Option<String>,
}

fn main() -> Result<()> {
    // Cargo says --bench to every program that it runs as one.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words == ["server"] {
        return server::main();
    }
    system::pin(CORE)?;
    if let ["once", client, scheme, workload, size, count] = words.as_slice() {
        return once(client, *scheme == "wss", &format!("/{workload}/{size}/{count}"));
    }
    measure_all(&options(&words)?)
}

fn options(words: &[&str]) -> Result<Options> {
    let mut options = Options { rounds: 9, divisor: 1, only: None };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match *word {
            "--quick" => (options.rounds, options.divisor) = (3, 6),
            "--rounds" => options.rounds = value()?.parse()?,
            "--only" => options.only = Some((*value()?).to_owned()),
            _ => {
                return Err(
                    format!("unknown argument {word}; see the top of benches/throughput/main.rs").into()
                );
            }
        }
    }
    Ok(options)
}

fn measure_all(options: &Options) -> Result<()> {
    let server = Server::start()?;
    let wanted = |cell: &Cell| options.only.as_ref().is_none_or(|only| cell.name().starts_with(only));
    let mut cells: Vec<Cell> = all_cells().filter(wanted).collect();
    for round in 1..=options.rounds {
        eprintln!("round {round} of {}", options.rounds);
        for cell in &mut cells {
            let job = Job { total: messages(cell).div_ceil(options.divisor), ..cell.job };
            for contender in contenders(job.workload) {
                let spent = measure(&server, contender, cell.tls, job)?;
                cell.add(contender, spent, measured(job));
            }
        }
    }
    report::print(&cells, options.rounds);
    Ok(())
}

fn all_cells() -> impl Iterator<Item = Cell> {
    let jobs =
        Workload::ALL.into_iter().flat_map(|workload| SIZES.map(|size| Job { workload, size, total: 0 }));
    [false, true].into_iter().flat_map(move |tls| jobs.clone().map(move |job| Cell::new(tls, job)))
}

fn contenders(workload: Workload) -> impl Iterator<Item = Contender> {
    let applies =
        move |contender: &Contender| *contender != Contender::CkwsReadFrame || workload == Workload::Receive;
    Contender::ALL.into_iter().filter(applies)
}

/// How many messages make a measurement of some tens of milliseconds.
fn messages(cell: &Cell) -> usize {
    let volume = 64 << 20;
    let most = match cell.job.workload {
        Workload::Receive | Workload::SendBatched => 600_000,
        Workload::Send => 30_000,
        Workload::Echo => 2_500,
    };
    (volume / cell.job.size).min(most)
}

/// How many of a job's messages are timed.
fn measured(job: Job) -> usize {
    job.total - job.total.div_ceil(WARM_UP)
}

fn measure(server: &Server, contender: Contender, tls: bool, job: Job) -> Result<Spent> {
    let failed = |error| format!("{} {}{job}: {error}", contender.name(), if tls { "wss" } else { "ws" });
    let mut client = clients::connect(contender, server, tls, job).map_err(failed)?;
    client.run(job.total - measured(job)).map_err(failed)?;
    system::mark("begin");
    let begin = Moment::now();
    client.run(measured(job)).map_err(failed)?;
    if let Workload::Send | Workload::SendBatched = job.workload {
        client.acknowledged().map_err(failed)?;
    }
    let spent = begin.spent();
    system::mark("end");
    Ok(spent)
}

fn once(client: &str, tls: bool, path: &str) -> Result<()> {
    let contender = Contender::ALL.into_iter().find(|contender| contender.name() == client);
    let job: Job = path.parse()?;
    let spent = measure(&Server::start()?, contender.ok_or("no such client")?, tls, job)?;
    println!("messages {}", measured(job));
    println!("cpu_us {:.4}", spent.cpu.as_secs_f64() * 1e6 / measured(job) as f64);
    println!("wall_us {:.4}", spent.wall.as_secs_f64() * 1e6 / measured(job) as f64);
    Ok(())
}
