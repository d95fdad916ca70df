//! libckws through the functions of its C API, called as a C program would: never inlined into the loop.

#![allow(unsafe_code, reason = "the C API; each block argues why it holds")]

use super::{Client, Job, PATTERN, Result, Workload, check};
use ckws::ffi::boolean::Bool;
use ckws::ffi::websocket::ckws_websocket;
use ckws::ffi::websocket::{
    ckws_add_trusted_roots_pem, ckws_connect, ckws_create, ckws_dispose, ckws_flush,
    ckws_get_frame_data_bytes, ckws_get_last_error_text, ckws_read_frame, ckws_receive, ckws_send_binary,
    ckws_set_auto_flush,
};
use std::ffi::{CStr, CString, c_int};
use std::hint::black_box;
use std::ptr;

const BINARY: c_int = 2;

type Handle = *mut ckws_websocket;
type Receive = unsafe extern "C-unwind" fn(Handle, *mut *const u8, *mut usize) -> c_int;
type ReadFrame = extern "C-unwind" fn(Handle) -> Bool;
type GetBytes = unsafe extern "C-unwind" fn(Handle, *mut usize) -> *const u8;
type SendBinary = unsafe extern "C-unwind" fn(Handle, *const u8, usize) -> Bool;

pub(super) struct Ckws {
    handle: Handle,
    job: Job,
    read_frame: bool,
    payload: Vec<u8>,
}

impl Ckws {
    pub(super) fn connect(url: &str, certificate_pem: &str, read_frame: bool, job: Job) -> Result<Self> {
        let client = Self { handle: ckws_create(), job, read_frame, payload: vec![PATTERN; job.size] };
        let (certificate_pem, url) = (CString::new(certificate_pem)?, CString::new(url)?);
        // SAFETY: the texts are NUL-terminated and live through the calls.
        unsafe {
            client
                .succeeded(ckws_add_trusted_roots_pem(client.handle, certificate_pem.as_ptr()).is_true())?;
            client.succeeded(ckws_connect(client.handle, url.as_ptr()).is_true())?;
        }
        client.succeeded(
            ckws_set_auto_flush(client.handle, (job.workload != Workload::SendBatched).into()).is_true(),
        )?;
        Ok(client)
    }

    fn succeeded(&self, success: bool) -> Result<()> {
        if success {
            return Ok(());
        }
        // SAFETY: the handle lends a string that stays until ten more were lent.
        let text = unsafe { CStr::from_ptr(ckws_get_last_error_text(self.handle)) };
        Err(text.to_string_lossy().into_owned().into())
    }

    fn receive(&self, count: usize, size: usize) -> Result<()> {
        let receive = black_box(ckws_receive as Receive);
        let (mut data, mut len) = (ptr::null(), 0);
        for _ in 0..count {
            // SAFETY: both places live through the call.
            let opcode = unsafe { receive(self.handle, &raw mut data, &raw mut len) };
            self.succeeded(opcode == BINARY)?;
            // SAFETY: what was received is lent until this thread's next read.
            check(unsafe { std::slice::from_raw_parts(data, len) }, size)?;
        }
        Ok(())
    }

    fn read_frames(&self, count: usize, size: usize) -> Result<()> {
        let (read_frame, get_bytes) =
            (black_box(ckws_read_frame as ReadFrame), black_box(ckws_get_frame_data_bytes as GetBytes));
        let mut len = 0;
        for _ in 0..count {
            self.succeeded(read_frame(self.handle).is_true())?;
            // SAFETY: the place lives through the call.
            let data = unsafe { get_bytes(self.handle, &raw mut len) };
            self.succeeded(!data.is_null())?;
            // SAFETY: the data is lent until the next read.
            check(unsafe { std::slice::from_raw_parts(data, len) }, size)?;
        }
        Ok(())
    }

    fn send(&self, count: usize) -> Result<()> {
        let send = black_box(ckws_send_binary as SendBinary);
        for _ in 0..count {
            // SAFETY: the pointer and the length are those of one Vec that lives through the call.
            self.succeeded(unsafe {
                send(self.handle, self.payload.as_ptr(), self.payload.len()).is_true()
            })?;
        }
        Ok(())
    }
}

impl Client for Ckws {
    fn run(&mut self, count: usize) -> Result<()> {
        let size = self.job.size;
        match self.job.workload {
            Workload::Receive if self.read_frame => self.read_frames(count, size),
            Workload::Receive => self.receive(count, size),
            Workload::Send => self.send(count),
            Workload::SendBatched => {
                self.send(count)?;
                self.succeeded(ckws_flush(self.handle).is_true())
            }
            Workload::Echo => (0..count).try_for_each(|_| {
                self.send(1)?;
                self.receive(1, size)
            }),
        }
    }

    fn acknowledged(&mut self) -> Result<()> {
        self.receive(1, 1)
    }
}

impl Drop for Ckws {
    fn drop(&mut self) {
        ckws_dispose(self.handle);
    }
}
