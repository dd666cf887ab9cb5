//! The program itself as a frontend container runs it: a connection on standard input and output, and how it exits.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tokio::io::join;
use tokio::net::unix::pipe::{Receiver, Sender};

use super::build::Build;
use super::fake::{Call, Fake};

fn program(options: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_distil"));
    command.arg("frontend").env_clear().env("BUILDKIT_SESSION_ID", "session-1").stderr(Stdio::piped());
    for (index, (key, value)) in options.iter().enumerate() {
        command.env(format!("BUILDKIT_FRONTEND_OPT_{index}"), format!("{key}={value}"));
    }
    command
}

/// Waits for the end of a program that is about to end.
fn finish(mut child: Child) -> Output {
    let start = Instant::now();
    while child.try_wait().expect("a child of ours").is_none() {
        if start.elapsed() > Duration::from_secs(120) {
            child.kill().expect("a child of ours");
            panic!("the program does not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().expect("a child of ours")
}

#[test]
fn without_an_engine_it_fails_and_keeps_standard_output_clean() {
    let mut child = program(&[]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stdin.take());
    let output = finish(child);
    assert!(output.status.code().is_some_and(|code| code != 0), "{}", output.status);
    // What it sends before it notices is the start of the connection.
    let sent = output.stdout;
    assert!(sent.is_empty() || sent.starts_with(b"PRI * HTTP/2.0"), "{}", String::from_utf8_lossy(&sent));
    assert!(!output.stderr.is_empty(), "the daemon's log says why");
}

/// Serves a build of the program over a pair of pipes that stay open until it has ended.
fn serve(build: Build, options: &[(&str, &str)]) -> (Output, Vec<Call>) {
    let (stdin, to_child) = std::io::pipe().expect("a pipe");
    let (from_child, stdout) = std::io::pipe().expect("a pipe");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let sender = Sender::from_owned_fd(to_child.into()).expect("a pipe");
        let receiver = Receiver::from_owned_fd(from_child.into()).expect("a pipe");
        let fake = Fake::new(build.script);
        let served = tokio::spawn(fake.clone().serve(join(receiver, sender)));
        let child = program(options).stdin(stdin).stdout(stdout).spawn().expect("the program starts");
        let output = tokio::task::spawn_blocking(move || finish(child)).await.expect("the program ends");
        served.abort();
        (output, fake.calls())
    })
}

#[test]
fn a_build_over_pipes_ends_although_standard_input_stays_open() {
    let options = [("filename", "distil.yaml"), ("label:by", "a=b")];
    let (output, calls) = serve(Build::new(), &options);
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    let Some(Call::Return(returned)) = calls.last() else { panic!("no return but a {:?}", calls.last().map(Call::name)) };
    assert_eq!(returned.error.as_ref().map(|e| &e.message), None);
    let result = returned.result.as_ref().expect("a result");
    assert!(String::from_utf8_lossy(&result.metadata["containerimage.config"]).contains(r#""by":"a=b""#));
}

#[test]
fn a_mistake_of_the_users_is_returned_and_the_program_exits_well() {
    let (output, calls) = serve(Build::new().spec("user: app\n"), &[("filename", "distil.yaml")]);
    assert_eq!(output.status.code(), Some(0), "the error has been told: {}", String::from_utf8_lossy(&output.stderr));
    let Some(Call::Return(returned)) = calls.last() else { panic!("no return but a {:?}", calls.last().map(Call::name)) };
    assert!(returned.error.as_ref().is_some_and(|e| e.message.contains("distil.yaml:1:7")));
}

#[test]
fn an_engine_that_goes_away_ends_the_program() {
    let mut build = Build::new();
    build.script.cut = Some(3);
    let (output, _) = serve(build, &[("filename", "distil.yaml")]);
    assert!(output.status.code().is_some_and(|code| code != 0), "{}", output.status);
}
