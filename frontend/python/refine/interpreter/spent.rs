//! How long a process has taken by itself: what it computed, and what it waited for of its own accord. Time in which it wanted a
//! processor or the disk and did not get it is the machine's and does not count, so that a busy machine makes nothing late.

use std::fs;
use std::time::{Duration, Instant};

use super::processes::{below, processes};

/// What one tick of the kernel's accounts is, on every Linux that Python runs on.
const TICK: Duration = Duration::from_millis(10);

/// What a process and its children spend.
#[derive(Debug)]
pub(super) struct Spent {
    top: i32,
    before: Duration,
    seen: Option<Seen>,
    at: Instant,
}

/// A family of processes at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    /// The processor time of all of them so far.
    computed: Duration,
    /// Whether one of them runs, or would if it could: it has a processor or waits for one, or for the disk.
    wants: bool,
}

impl Spent {
    /// Nothing yet, of a process and all that come from it. It is looked at only when somebody asks: most answers are there at once.
    pub(super) fn of(process: u32) -> Self {
        Self { top: i32::try_from(process).unwrap_or(i32::MAX), before: Duration::ZERO, seen: None, at: Instant::now() }
    }

    /// All that was spent since it was begun. To be asked for often: what is between two looks is judged by how they find things.
    pub(super) fn so_far(&mut self) -> Duration {
        let (now, at) = (seen(self.top), Instant::now());
        self.before += spent(at - self.at, self.seen, now);
        (self.seen, self.at) = (now, at);
        self.before
    }
}

/// What of a span of time counts.
fn spent(passed: Duration, from: Option<Seen>, to: Option<Seen>) -> Duration {
    match (from, to) {
        (Some(from), Some(to)) if to.wants => to.computed.saturating_sub(from.computed).min(passed),
        // Of one that sleeps all of it does; and where nothing was seen the clock has to do.
        _ => passed,
    }
}

fn seen(top: i32) -> Option<Seen> {
    let family = below(top, &processes().ok()?).into_iter().chain([top]);
    let mut found = Seen { computed: Duration::ZERO, wants: false };
    for process in family {
        let Some((_, ticks)) = read(&format!("/proc/{process}/stat")) else { continue };
        found.computed += TICK * ticks;
        let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
        let states = threads.filter_map(|thread| read(thread.path().join("stat").to_str()?));
        found.wants |= states.into_iter().any(|(state, _)| ['R', 'D'].contains(&state));
    }
    Some(found)
}

/// State and processor time of a process or a thread, the latter with that of children that have ended.
fn read(path: &str) -> Option<(char, u32)> {
    parse(&String::from_utf8_lossy(&fs::read(path).ok()?))
}

/// The same of the kernel's line; the name in it stands in brackets, and may have any characters.
fn parse(line: &str) -> Option<(char, u32)> {
    let words: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = words.get(11..15)?.iter().filter_map(|word| word.parse::<u32>().ok()).sum();
    Some((words.first()?.chars().next()?, ticks))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn time_without_a_processor_is_not_the_processes_own() {
        let second = Duration::from_secs(1);
        let seen = |computed: u64, wants| Some(Seen { computed: Duration::from_millis(computed), wants });
        assert_eq!(spent(60 * second, seen(100, true), seen(600, true)), second / 2, "it got half a second in a minute");
        assert_eq!(spent(second, seen(0, true), seen(4000, true)), second, "four threads at once are no more than the clock");
        assert_eq!(spent(60 * second, seen(100, true), seen(100, false)), 60 * second, "it sleeps");
        assert_eq!(spent(second, seen(100, true), None), second);
        assert_eq!(spent(second, seen(100, true), seen(0, true)), Duration::ZERO, "a child has ended with all that it had");
    }

    #[test]
    fn the_kernels_line_is_read_whatever_the_process_is_called() {
        let line = "42 (a) R 1 (b) D 1 42 42 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0";
        assert_eq!(parse(line), Some(('D', 100)));
        assert_eq!(parse("nonsense"), None);
    }

    #[test]
    fn who_computes_is_told_from_who_sleeps() {
        let mut busy = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let mut asleep = Command::new("sleep").arg("60").spawn().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        let look = |child: &std::process::Child| seen(i32::try_from(child.id()).unwrap()).unwrap();
        let (busy_seen, asleep_seen) = (look(&busy), look(&asleep));
        for child in [&mut busy, &mut asleep] {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(busy_seen.wants, "{busy_seen:?}");
        assert_eq!((asleep_seen.wants, asleep_seen.computed < Duration::from_millis(50)), (false, true));
    }
}
