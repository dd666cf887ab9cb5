//! Starts the service as it will run and asks it: it has to answer, to stay up, and to end when its stop signal comes. It is waited
//! for no longer than it takes, and its last words are shown when it fails. Needs nothing of the image.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::run::{keep, matches, text};

/// How many of its last lines are shown: with what is said before them they fit what Docker repeats of a step that fails.
const LINES: usize = 6;
/// The time between two questions.
const BETWEEN_REQUESTS: Duration = Duration::from_millis(50);
/// How long one question may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
/// The most that is read of an answer.
const MAX_ANSWER: u64 = 1 << 20;

/// A service, and what is asked of it.
#[derive(Clone, Debug)]
pub struct Service {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// All of its environment.
    pub env: Vec<(String, String)>,
    /// The longest that it may take until it answers.
    pub within: Duration,
    /// What has to be answered.
    pub asks: Vec<Ask>,
    /// How long it has to stay up after that.
    pub stays: Duration,
    /// The signal that asks it to stop, by name or number.
    pub signal: String,
    /// How long it may take to end.
    pub patience: Duration,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A path, and what its answer has to be.
    Http {
        /// The port.
        port: u16,
        /// The path.
        path: String,
        /// The status; any below 400 where none is given.
        status: Option<u16>,
        /// A text that a line of it holds.
        matches: Option<String>,
    },
    /// A port that accepts connections.
    Tcp(u16),
    /// A command that ends well.
    Command(Vec<String>),
}

impl Ask {
    /// Reads `:8000/healthz status=200 matches=ok`.
    #[must_use]
    pub fn http(text: &str) -> Option<Self> {
        let (address, mut rest) = text.split_once(' ').unwrap_or((text, ""));
        let (port, path) = address.strip_prefix(':')?.split_at_checked(address.find('/')? - 1)?;
        let mut status = None;
        if let Some(after) = rest.strip_prefix("status=") {
            let (number, after) = after.split_once(' ').unwrap_or((after, ""));
            (status, rest) = (Some(number.parse().ok()?), after);
        }
        let matches = rest.strip_prefix("matches=").map(str::to_owned);
        Some(Self::Http { port: port.parse().ok()?, path: path.to_owned(), status, matches })
    }

    /// Reads `:6379`.
    #[must_use]
    pub fn tcp(text: &str) -> Option<Self> {
        text.strip_prefix(':')?.parse().ok().map(Self::Tcp)
    }

    fn name(&self) -> String {
        match self {
            Self::Http { port, path, .. } => format!(":{port}{path}"),
            Self::Tcp(port) => format!(":{port}"),
            Self::Command(argv) => format!("the health check `{}`", argv.join(" ")),
        }
    }

    /// Asks. The error says what came in the place of a good answer.
    fn ask(&self, service: &Service) -> Result<(), String> {
        match self {
            Self::Tcp(port) => connect(*port).map(drop).map_err(|e| format!("nothing accepts connections ({e})")),
            Self::Http { port, path, status, matches: wanted } => {
                let (code, body) = get(*port, path).map_err(|e| format!("nothing answers ({e})"))?;
                match (status, wanted) {
                    (Some(status), _) if *status != code => Err(format!("the answer is {code}, and {status} is asked for")),
                    (None, _) if code >= 400 => Err(format!("the answer is {code}, and one below 400 is asked for")),
                    (_, Some(wanted)) if !body.lines().any(|line| matches(wanted, line)) => {
                        Err(format!("no line of the answer holds `{wanted}`"))
                    }
                    _ => Ok(()),
                }
            }
            Self::Command(argv) => {
                let (program, words) = argv.split_first().ok_or("it names no program")?;
                let mut command = Command::new(program);
                command.args(words).env_clear().envs(service.env.iter().map(|(name, value)| (name, value)));
                let output = command.stdin(Stdio::null()).output().map_err(|e| format!("it cannot be started ({e})"))?;
                let said = String::from_utf8_lossy(&output.stderr).trim().lines().next_back().unwrap_or("nothing").to_owned();
                if output.status.success() { Ok(()) } else { Err(format!("it ends {}; its last words: {said}", ending(output.status))) }
            }
        }
    }
}

/// Starts a service and stops it again. Gives lines for the reader, or what is wrong, with the service's last words. `missed` tells what to
/// do about those, where it can.
pub fn serves(service: &Service, missed: &dyn Fn(&str) -> Option<String>) -> Result<Vec<String>, String> {
    let (program, words) = service.argv.split_first().ok_or("there is nothing to start")?;
    let (from, to) = std::io::pipe().map_err(|e| e.to_string())?;
    let both = to.try_clone().map_err(|e| e.to_string())?;
    let mut command = Command::new(program);
    command.args(words).env_clear().envs(service.env.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(to).stderr(both);
    let mut child = command.spawn().map_err(|e| format!("the service cannot be started: `{program}`: {e}"))?;
    // The command holds this end of the pipe, and what the service says would never end.
    drop(command);
    let (kept, reader) = keep(from);
    if let Err(wrong) = watch(service, &mut child) {
        let _ = child.kill();
        let _ = child.wait();
        return Err(said(&wrong, &text(&kept, &reader), missed));
    }
    Ok(stop(service, &mut child))
}

/// Asks until all is answered, and then that it stays up.
fn watch(service: &Service, child: &mut Child) -> Result<(), String> {
    let names = |asks: &[Ask]| asks.iter().map(Ask::name).collect::<Vec<_>>().join(", ");
    let until = Instant::now() + service.within;
    let mut open = service.asks.clone();
    while let Some(next) = open.first() {
        match next.ask(service) {
            Ok(()) => _ = open.remove(0),
            Err(wrong) => {
                if let Some(status) = child.try_wait().ok().flatten() {
                    return Err(format!("the service ended {} before it answered on {}", ending(status), names(&open)));
                }
                if Instant::now() >= until {
                    let seconds = service.within.as_secs();
                    return Err(format!("the service runs, and after {seconds} s there is no good answer on {}: {wrong}", names(&open)));
                }
                thread::sleep(BETWEEN_REQUESTS);
            }
        }
    }
    let until = Instant::now() + service.stays;
    loop {
        if let Some(status) = child.try_wait().ok().flatten() {
            let when = if service.asks.is_empty() { "soon after it was started" } else { "after it had answered" };
            return Err(format!("the service ended {} {when}, and it is to stay up", ending(status)));
        }
        if Instant::now() >= until {
            return Ok(());
        }
        thread::sleep(BETWEEN_REQUESTS);
    }
}

/// Asks the service to stop, and says what a person should know of how it does.
fn stop(service: &Service, child: &mut Child) -> Vec<String> {
    let done = if service.asks.is_empty() {
        "the service stays up".to_owned()
    } else {
        format!("the service answers on {}", service.asks.iter().map(Ask::name).collect::<Vec<_>>().join(", "))
    };
    let Some(signal) = signal(&service.signal) else {
        let _ = child.kill();
        return vec![done];
    };
    let mut lines = vec![done];
    // The first process of a container gets only those signals that it asked for.
    if signal != Signal::KILL && !catches(child.id(), signal) {
        lines.push(format!(
            "warning: the service does nothing about {}, so a container of it is killed when it is stopped: see `stop-signal`",
            service.signal
        ));
    }
    let _ = kill_process(Pid::from_child(child), signal);
    let until = Instant::now() + service.patience;
    while child.try_wait().ok().flatten().is_none() {
        if Instant::now() >= until {
            lines.push(format!("warning: it has not ended {} s after {}", service.patience.as_secs(), service.signal));
            let _ = child.kill();
            break;
        }
        thread::sleep(BETWEEN_REQUESTS);
    }
    let _ = child.wait();
    lines
}

/// Whether a process has said what happens at a signal.
fn catches(pid: u32, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = u32::try_from(signal.as_raw() - 1).unwrap_or_default();
    mask.is_none_or(|mask| mask.checked_shr(bit).unwrap_or_default() & 1 == 1)
}

/// A signal by its name, with or without `SIG`, or by its number.
fn signal(name: &str) -> Option<Signal> {
    const NAMES: &[(&str, Signal)] = &[
        ("TERM", Signal::TERM),
        ("INT", Signal::INT),
        ("QUIT", Signal::QUIT),
        ("HUP", Signal::HUP),
        ("KILL", Signal::KILL),
        ("USR1", Signal::USR1),
        ("USR2", Signal::USR2),
        ("WINCH", Signal::WINCH),
    ];
    let upper = name.to_ascii_uppercase();
    let short = upper.strip_prefix("SIG").unwrap_or(&upper);
    let named = NAMES.iter().find(|(known, _)| *known == short).map(|(_, signal)| *signal);
    named.or_else(|| Signal::from_named_raw(short.parse().ok()?))
}

fn ending(status: ExitStatus) -> String {
    status.signal().map_or_else(|| format!("with code {}", status.code().unwrap_or(-1)), |signal| format!("by signal {signal}"))
}

/// What is wrong, the service's last words, and the way out.
fn said(wrong: &str, output: &str, missed: &dyn Fn(&str) -> Option<String>) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    let last = lines[lines.len().saturating_sub(LINES)..].iter().map(|line| format!("    {}", clean(line)));
    let mut said = vec![before(&lines).unwrap_or_else(|| wrong.to_owned())];
    if lines.is_empty() {
        said.push("  it said nothing".into());
    }
    said.extend(last);
    let usual = "give it what it needs with `check: { start: { env: {…} } }`, or `start: false` for one that needs the world";
    said.push(format!("  help: {}", missed(output).map_or_else(|| usual.to_owned(), |way| clean(&way))));
    said.join("\n")
}

/// What is wrong, where it is with a command that runs before the service: the program that runs those has the last word.
fn before(lines: &[&str]) -> Option<String> {
    let said = lines.last()?.strip_prefix("before-start: ").filter(|said| said.starts_with('`'))?;
    Some(format!("the before-start command {}", clean(said)))
}

/// A line without what would change the reader's terminal.
fn clean(line: &str) -> String {
    line.chars().take(400).map(|c| if c.is_control() && c != '\t' { '?' } else { c }).collect()
}

/// A connection to a port of this machine, whichever of its two loopback addresses has it.
fn connect(port: u16) -> std::io::Result<TcpStream> {
    let to = |address: IpAddr| TcpStream::connect_timeout(&SocketAddr::new(address, port), REQUEST_LIMIT);
    to(Ipv4Addr::LOCALHOST.into()).or_else(|first| to(Ipv6Addr::LOCALHOST.into()).map_err(|_| first))
}

/// The status and the text behind a path.
fn get(port: u16, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = connect(port)?;
    stream.set_read_timeout(Some(REQUEST_LIMIT))?;
    stream.set_write_timeout(Some(REQUEST_LIMIT))?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: distil\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = vec![];
    let read = stream.take(MAX_ANSWER).read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).filter(|_| text.starts_with("HTTP/")).and_then(|status| status.parse().ok());
    let Some(status) = status else {
        read?;
        return Err(std::io::Error::other("what it says is no HTTP"));
    };
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    Ok((status, if chunked { joined(body) } else { body.to_owned() }))
}

/// The text of an answer that comes in chunks.
fn joined(body: &str) -> String {
    let (mut text, mut rest) = (String::new(), body);
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.split(';').next().unwrap_or_default().trim(), 16).unwrap_or_default();
        let Some((chunk, after)) = after.split_at_checked(length).filter(|_| length > 0) else { break };
        text.push_str(chunk);
        rest = after.strip_prefix("\r\n").unwrap_or(after);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server in Python on a port of its own, which it is given as its only argument.
    fn service(code: &str, asks: &[&str]) -> (Service, u16) {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap().port();
        let code = format!("import sys, time, signal, http.server as h\nport = {port}\n{code}");
        let argv = ["python3", "-c", &code].map(str::to_owned).to_vec();
        let env = vec![("PATH".to_owned(), std::env::var("PATH").unwrap())];
        let asks = asks.iter().map(|ask| {
            let ask = ask.replace("PORT", &port.to_string());
            Ask::tcp(&ask).or_else(|| Ask::http(&ask)).unwrap_or_else(|| Ask::Command(ask.split(' ').map(str::to_owned).collect()))
        });
        let asks = asks.collect();
        let second = Duration::from_secs(1);
        let within = Duration::from_secs(60);
        (Service { argv, env, within, asks, stays: Duration::ZERO, signal: "SIGTERM".into(), patience: second * 20 }, port)
    }

    const SERVER: &str = "
class Answers(h.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        self.send_response(200 if self.path == '/' else 404)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        self.wfile.write(b'4\\r\\nall \\r\\n4\\r\\ngood\\r\\n0\\r\\n\\r\\n')
    def log_message(self, *a): pass
signal.signal(signal.SIGTERM, lambda *a: sys.exit(0))
time.sleep(0.3)
h.HTTPServer(('127.0.0.1', port), Answers).serve_forever()
";

    #[test]
    fn a_service_that_answers_and_ends_is_good() {
        let (good, port) = service(SERVER, &[":PORT", ":PORT/ status=200 matches=all*good", ":PORT/none status=404", "python3 -c pass"]);
        let said = serves(&good, &|_| None).unwrap();
        assert_eq!(said, [format!("the service answers on :{port}, :{port}/, :{port}/none, the health check `python3 -c pass`")]);
        let (stays, _) = service("time.sleep(600)", &[]);
        let stays = Service { stays: Duration::from_millis(300), signal: "int".into(), ..stays };
        assert_eq!(serves(&stays, &|_| None).unwrap()[0], "the service stays up");
    }

    #[test]
    fn what_fails_is_told_with_the_last_words() {
        let (dies, _) = service("for i in range(20): print('line', i, flush=True)\nsys.exit('no \\x1b[31mdatabase')", &[":PORT/"]);
        let said = serves(&dies, &|_| None).unwrap_err();
        assert!(said.starts_with("the service ended with code 1 before it answered on :"), "{said}");
        assert!(said.contains("    line 19\n    no ?[31mdatabase\n  help: give it what it needs"), "{said}");
        assert!(said.lines().count() <= 10, "{said}");
        let (silent, port) = service("time.sleep(600)", &[":PORT"]);
        let said = serves(&Service { within: Duration::from_millis(300), ..silent }, &|_| None).unwrap_err();
        assert!(said.contains(&format!("there is no good answer on :{port}: nothing accepts connections (")), "{said}");
        assert!(said.contains("it said nothing"), "{said}");
        let (wrong, port) = service(SERVER, &[":PORT/none"]);
        let said = serves(&Service { within: Duration::from_secs(5), ..wrong }, &|_| None).unwrap_err();
        assert!(said.contains(&format!("on :{port}/none: the answer is 404, and one below 400 is asked for")), "{said}");
        let (short, _) = service("", &[]);
        let said = serves(&Service { stays: Duration::from_secs(60), ..short }, &|_| None).unwrap_err();
        assert!(said.starts_with("the service ended with code 0 soon after it was started, and it is to stay up"), "{said}");
        let nowhere = Service { argv: vec!["nowhere".into()], ..service("", &[]).0 };
        assert!(serves(&nowhere, &|_| None).unwrap_err().contains("cannot be started: `nowhere`"));
    }

    #[test]
    fn the_way_out_is_that_of_what_was_missed() {
        let (dies, _) = service("sys.exit('no cities.json')", &[":PORT/"]);
        let missed = |words: &str| words.contains("cities.json").then(|| "copy it".to_owned());
        let said = serves(&dies, &missed).unwrap_err();
        assert!(said.ends_with("    no cities.json\n  help: copy it"), "{said}");
    }

    #[test]
    fn a_command_before_the_service_is_named() {
        let last = "before-start: `python migrate.py` ended with status 3, and the service is not started";
        let (dies, _) = service(&format!("print('Traceback', flush=True)\nprint('{last}', flush=True)\nsys.exit(3)"), &[":PORT/"]);
        let said = serves(&dies, &|_| None).unwrap_err();
        let expected = "the before-start command `python migrate.py` ended with status 3, and the service is not started\n    Traceback\n";
        assert!(said.starts_with(expected), "{said}");
    }

    #[test]
    fn a_service_that_minds_no_signal_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let ready = folder.path().join("ready").display().to_string();
        let (deaf, _) = service(
            &format!("signal.signal(signal.SIGTERM, lambda *a: None)\nopen('{ready}', 'w').close()\nwhile True: time.sleep(1)"),
            &[&format!("test -e {ready}")],
        );
        let said = serves(&Service { patience: Duration::from_millis(200), ..deaf }, &|_| None).unwrap();
        assert!(said[1].starts_with("warning: it has not ended"), "{said:?}");
        let (plain, _) = service("time.sleep(600)", &[]);
        let said = serves(&Service { stays: Duration::from_millis(100), ..plain }, &|_| None).unwrap();
        assert!(said[1].contains("does nothing about SIGTERM"), "{said:?}");
    }
}
