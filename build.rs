//! Gives the shared library its soname, which cargo does not do by itself.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }

    // Until 1.0 anything may change; from 1.0 on the ABI only grows, so the soname stays at 1 for good.
    let major = if env::var("CARGO_PKG_VERSION_MAJOR").as_deref() == Ok("0") { 0 } else { 1 };
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libckws.so.{major}");

    // Threads and thread-local destructors of the library must not outlive its code: dlclose leaves it mapped.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
