//! The first program of a container whose spec says `before-start`: runs commands one after the other, and then becomes the
//! service. It needs no shell, and nothing else of the image.
//!
//! `before-start 3 alembic upgrade head 3 python manage.py migrate -- uvicorn app:app`: each command after the number of its
//! words, and after `--` the service. A command that fails ends the container with its own status. Signals go to the command
//! that runs; one that asks to stop ends the container with it. The service takes this process over, so that it has its
//! number, and gets signals itself.

mod words;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitCode, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::Signals;

/// Signals that ask a program to stop.
const STOP: [i32; 4] = [SIGTERM, SIGINT, SIGQUIT, SIGHUP];
/// Others that are sent on.
const SENT_ON: [i32; 3] = [SIGUSR1, SIGUSR2, SIGWINCH];
/// What a shell ends with for a program that it cannot run, or cannot find; and what it adds to the number of a signal.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;
const BY_SIGNAL: i32 = 128;
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let given: Vec<OsString> = std::env::args_os().skip(1).collect();
    let Some((steps, service)) = words::read(&given) else {
        say("each command comes after the number of its words, and the service after `--`");
        return ExitCode::from(USAGE);
    };
    let mut signals = match Signals::new(STOP.into_iter().chain(SENT_ON).chain([SIGCHLD])) {
        Ok(signals) => signals,
        Err(error) => {
            say(&format!("signals cannot be waited for: {error}"));
            return ExitCode::from(CANNOT_RUN);
        }
    };
    for step in steps {
        if let Err(code) = run(step, &mut signals) {
            return code;
        }
    }
    if let Some(signal) = signals.pending().find(|signal| STOP.contains(signal)) {
        return stopped(signal, service);
    }
    let error = command(service).exec();
    cannot_start(service, &error)
}

/// Runs a command to its end. The error is what the container ends with.
fn run(words: &[OsString], signals: &mut Signals) -> Result<(), ExitCode> {
    if let Some(signal) = signals.pending().find(|signal| STOP.contains(signal)) {
        return Err(stopped(signal, words));
    }
    let mut child = command(words).spawn().map_err(|error| cannot_start(words, &error))?;
    let (status, asked) = attend(&mut child, signals).map_err(|error| cannot_start(words, &error))?;
    match asked {
        Some(signal) if status.success() => Err(stopped(signal, words)),
        _ if status.success() => Ok(()),
        _ => {
            let how = status.signal().map_or_else(|| format!("status {}", code(status)), |signal| format!("signal {signal}"));
            say(&format!("`{}` ended with {how}, and the service is not started", words::shown(words)));
            Err(ExitCode::from(code(status)))
        }
    }
}

/// Waits for a command, and sends on to it what signals come in. Gives how it ended, and the last signal that asked to stop.
fn attend(child: &mut Child, signals: &mut Signals) -> std::io::Result<(ExitStatus, Option<i32>)> {
    let mut asked = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, asked));
        }
        for number in signals.wait().filter(|number| *number != SIGCHLD) {
            if let Some(signal) = Signal::from_named_raw(number) {
                // One that has ended in the meantime needs no signal.
                let _ = kill_process(Pid::from_child(child), signal);
            }
            if STOP.contains(&number) {
                asked = Some(number);
            }
        }
    }
}

fn command(words: &[OsString]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

fn cannot_start(words: &[OsString], error: &std::io::Error) -> ExitCode {
    say(&format!("`{}` cannot be started: {error}", words::shown(words)));
    ExitCode::from(if error.kind() == ErrorKind::NotFound { NOT_FOUND } else { CANNOT_RUN })
}

fn stopped(signal: i32, words: &[OsString]) -> ExitCode {
    say(&format!("stopped by signal {signal} at `{}`, and the service is not started", words::shown(words)));
    ExitCode::from(u8::try_from(BY_SIGNAL + signal).unwrap_or(u8::MAX))
}

/// What a shell would end with after a command that ended like this.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(BY_SIGNAL + status.signal()?)).unwrap_or_default();
    u8::try_from(code).unwrap_or(u8::MAX)
}

fn say(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = std::io::stderr().write_all(format!("before-start: {text}\n").as_bytes());
}
