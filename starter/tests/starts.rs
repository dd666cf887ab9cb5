//! The program as a container's first: order, statuses, signals, and that the service takes its place.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

fn start(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_distil-start"));
    command.args(words);
    command
}

fn run(words: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = start(words).output().expect("it was compiled");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn commands_run_in_order_and_the_service_takes_over() {
    let words = ["2", "echo", "one", "3", "sh", "-c", "echo two $PPID", "--", "sh", "-c", "echo three $$"];
    let (code, said, errors) = run(&words);
    let lines: Vec<&str> = said.lines().collect();
    let number = lines[1].strip_prefix("two ").expect("the second command ran");
    assert_eq!((code, &lines[..], errors.as_str()), (Some(0), &["one", lines[1], &format!("three {number}")][..], ""));
    assert_eq!(run(&["--", "sh", "-c", "exit 4"]).0, Some(4), "its status is the service's");
}

#[test]
fn a_command_that_fails_keeps_the_service_from_starting() {
    let (code, said, errors) = run(&["3", "sh", "-c", "exit 3", "2", "echo", "no", "--", "echo", "never"]);
    let expected = "before-start: `sh -c exit 3` ended with status 3, and the service is not started\n";
    assert_eq!((code, said.as_str(), errors.as_str()), (Some(3), "", expected));
    let (code, said, errors) = run(&["3", "sh", "-c", "kill -9 $$", "--", "echo", "never"]);
    assert_eq!((code, said.as_str()), (Some(137), ""));
    assert!(errors.contains("ended with signal 9"), "{errors}");
    let (code, _, errors) = run(&["1", "no-such-program", "--", "echo", "never"]);
    assert!(code == Some(127) && errors.contains("`no-such-program` cannot be started"), "{code:?} {errors}");
    let (code, _, errors) = run(&["--", "/etc/passwd"]);
    assert!(code == Some(126) && errors.contains("`/etc/passwd` cannot be started"), "{code:?} {errors}");
    assert_eq!(run(&["serve"]).0, Some(2));
}

/// Starts it with a command that says when it is ready, and sends it a signal then.
fn signalled(script: &str, signal: &str) -> (Option<i32>, String) {
    let mut child = start(&["3", "sh", "-c", script, "--", "echo", "never"]).stdout(Stdio::piped()).spawn().expect("it was compiled");
    let mut lines = BufReader::new(child.stdout.take().expect("it is read")).lines();
    assert_eq!(lines.next().and_then(Result::ok).as_deref(), Some("ready"));
    let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
    assert!(sent.expect("there is a kill").success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    (child.wait().expect("it ends").code(), rest.join("\n"))
}

#[test]
fn signals_go_to_the_command_that_runs() {
    let waits = |trap: &str| format!("trap '{trap}' TERM USR1; echo ready; while :; do sleep 0.05; done");
    assert_eq!(signalled(&waits("exit 7"), "TERM"), (Some(7), String::new()), "its status is the command's");
    assert_eq!(signalled(&waits("exit 0"), "TERM"), (Some(143), String::new()), "the service is not started after that");
    assert_eq!(signalled("echo ready; exec sleep 600", "INT"), (Some(130), String::new()));
    let (code, said) = signalled(&waits("echo told; exit 0"), "USR1");
    assert_eq!((code, said.as_str()), (Some(0), "told\nnever"), "this one does not ask to stop");
}
