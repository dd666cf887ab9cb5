//! The program: arguments in, exit code out.

use clap::Parser;
use distil::cli::{Cli, run};

/// A bug of ours.
const EXIT_BUG: u8 = 70;

fn main() {
    let cli = Cli::parse();
    let code = std::panic::catch_unwind(|| run(&cli)).unwrap_or(EXIT_BUG);
    // In the frontend's role a thread may still wait for standard input; returning from here would wait for it too.
    std::process::exit(code.into());
}
