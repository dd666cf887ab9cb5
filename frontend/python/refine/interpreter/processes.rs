//! What imported code can do to the step that imports it: as another user it writes nothing that ships, it becomes nobody else,
//! and what it leaves running is ended before anything is written.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};
use rustix::thread::set_no_new_privs;

use crate::names::User;

/// Who imports what was installed while an image is built: nobody, who owns nothing.
pub(crate) const NOBODY: User = User { uid: 65_534, gid: 65_534 };

/// How long ending what was left behind may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Prepares a step that is going to run imported code: no program that it starts becomes another user by its file's mode, and
/// processes whose parents end stay below this one.
pub(crate) fn confine() -> io::Result<()> {
    set_no_new_privs(true)?;
    set_child_subreaper(Some(getpid()))?;
    Ok(())
}

/// Takes from nobody what nobody could write below some folders, and on the way to them.
pub(crate) fn shut(folders: &[&Path]) -> io::Result<()> {
    for folder in folders {
        for above in folder.ancestors().skip(1) {
            shut_one(above)?;
        }
        let mut open = vec![folder.to_path_buf()];
        while let Some(path) = open.pop() {
            if shut_one(&path)? {
                let children = fs::read_dir(&path).map_err(|e| about(&path, &e))?;
                for child in children {
                    open.push(child.map_err(|e| about(&path, &e))?.path());
                }
            }
        }
    }
    Ok(())
}

/// Lets nobody write below some folders, as the service's user may in its volumes; those that are not there are made.
pub(crate) fn open(folders: &[&Path]) -> io::Result<()> {
    let give = |path: &Path| std::os::unix::fs::lchown(path, Some(NOBODY.uid), Some(NOBODY.gid)).map_err(|e| about(path, &e));
    for folder in folders {
        fs::create_dir_all(folder).map_err(|e| about(folder, &e))?;
        let mut open = vec![folder.to_path_buf()];
        while let Some(path) = open.pop() {
            give(&path)?;
            if fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) {
                for child in fs::read_dir(&path).map_err(|e| about(&path, &e))? {
                    open.push(child.map_err(|e| about(&path, &e))?.path());
                }
            }
        }
    }
    Ok(())
}

/// Takes from nobody what nobody could write of one file; says whether it is a folder.
fn shut_one(path: &Path) -> io::Result<bool> {
    let Ok(meta) = fs::symlink_metadata(path) else { return Ok(false) };
    if meta.is_symlink() {
        return Ok(false);
    }
    let mode = meta.mode() & 0o7777;
    let shared = mode & 0o002 != 0 || (mode & 0o020 != 0 && meta.gid() == NOBODY.gid);
    if meta.uid() == NOBODY.uid {
        chown(path, Some(0), Some(0)).map_err(|e| about(path, &e))?;
    }
    if shared {
        fs::set_permissions(path, Permissions::from_mode(mode & !0o022)).map_err(|e| about(path, &e))?;
    }
    Ok(meta.is_dir())
}

/// Ends every process that came from this one.
pub(crate) fn end_all() -> io::Result<()> {
    end_below(getpid().as_raw_nonzero().get())
}

/// Ends every process below one.
fn end_below(top: i32) -> io::Result<()> {
    let until = Instant::now() + LIMIT;
    loop {
        let found = below(top, &processes()?);
        if found.is_empty() {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(io::Error::other("a package starts processes faster than they can be ended"));
        }
        for pid in found.into_iter().filter_map(Pid::from_raw) {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Every process that has not ended, with its parent.
pub(super) fn processes() -> io::Result<BTreeMap<i32, i32>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir("/proc").map_err(|e| about(Path::new("/proc"), &e))? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = fs::read(format!("/proc/{pid}/stat")) else { continue };
        found.extend(parent(&String::from_utf8_lossy(&stat)).map(|parent| (pid, parent)));
    }
    Ok(found)
}

/// The parent of a process that still runs; its name stands in brackets, and may have any characters.
fn parent(stat: &str) -> Option<i32> {
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    let state = words.next()?;
    words.next()?.parse().ok().filter(|_| !["Z", "X"].contains(&state))
}

pub(super) fn below(top: i32, processes: &BTreeMap<i32, i32>) -> Vec<i32> {
    let comes_from_top = |pid: i32| {
        let mut at = pid;
        // A chain of parents is no longer than there are processes.
        for _ in 0..=processes.len() {
            match processes.get(&at) {
                Some(parent) if *parent == top => return true,
                Some(parent) => at = *parent,
                None => return false,
            }
        }
        false
    };
    processes.keys().copied().filter(|pid| comes_from_top(*pid)).collect()
}

fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn parents_are_read_whatever_a_process_is_called() {
        assert_eq!(parent("12 (a) Z 1 (x) S 7 1 1 0"), Some(7));
        assert_eq!(parent("12 (sleep) Z 7 1 1 0"), None);
        assert_eq!(parent("nonsense"), None);
        let processes = BTreeMap::from([(2, 1), (3, 2), (4, 3), (5, 9), (6, 6)]);
        assert_eq!(below(2, &processes), [3, 4]);
    }

    #[test]
    fn whole_families_end() {
        let script = "sh -c 'sleep 600 & sleep 600 & echo up; wait' & wait; exec sleep 600";
        let mut child = Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let top = i32::try_from(child.id()).unwrap();
        assert!(below(top, &processes().unwrap()).len() >= 3);
        end_below(top).unwrap();
        let left = below(top, &processes().unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(left, [0; 0]);
    }

    #[test]
    fn what_anybody_may_write_is_shut() {
        let folder = tempfile::tempdir().unwrap();
        let (open, below) = (folder.path().join("open"), folder.path().join("open/file"));
        fs::create_dir(&open).unwrap();
        fs::write(&below, "").unwrap();
        for path in [&open, &below] {
            fs::set_permissions(path, Permissions::from_mode(0o777)).unwrap();
        }
        std::os::unix::fs::symlink("/nowhere", open.join("link")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        shut_one(&open).and_then(|_| shut_one(&below)).unwrap();
        assert_eq!((mode(&open), mode(&below)), (0o755, 0o755));
    }
}
