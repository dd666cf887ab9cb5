//! The server of a static site, as the first program of its container: it listens, and stops when it is asked to.
//!
//! `serve [ROOT]`: serves the site whose table is below the root, which is `/` where none is named. `PORT` says another port than the table.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use distil_serve::server::{Limits, Server};
use distil_serve::site::Site;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

const USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let root = words.next().map_or_else(|| PathBuf::from("/"), PathBuf::from);
    if words.next().is_some() || root.as_os_str().as_encoded_bytes().starts_with(b"-") {
        say("it is started as `serve`, or as `serve FOLDER` for the site of another root");
        return ExitCode::from(USAGE);
    }
    match serve(&root) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn serve(root: &Path) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let site = Site::read(root)?;
    let port = match std::env::var("PORT") {
        Ok(port) => port.parse().map_err(|_| io::Error::other(format!("PORT is `{port}`, which is not a port")))?,
        Err(_) => site.port,
    };
    if !site.unset.is_empty() {
        say(&format!("not set, and so not in /env.js: {}", site.unset.join(", ")));
    }
    let count = site.count();
    let server = Server::start(site, port, Limits::default()).map_err(|e| io::Error::new(e.kind(), format!("port {port}: {e}")))?;
    say(&format!("{count} files on port {}", server.address.port()));
    signals.forever().next();
    server.stop();
    Ok(())
}

fn say(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = io::stderr().write_all(format!("serve: {text}\n").as_bytes());
}
