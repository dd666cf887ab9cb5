//! Why an installation failed, by what the installer said: one sentence with the package or the server that it is about, and one
//! way out. What is not known is not guessed.

/// A cause that is known by some words of it.
struct Cause {
    /// Any of these tells it, in small letters.
    words: &'static [&'static str],
    /// What is said of it; `{}` is the server or the package.
    message: &'static str,
    /// What the `{}` is.
    about: About,
    /// The way out.
    help: &'static str,
}

/// What a message is about.
enum About {
    /// The server of the last address that was named.
    Server,
    /// The file of a package, which is not to blame.
    File,
    /// The package, by its line of the lock.
    Package,
}

/// A cause that was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explained {
    /// What is said below the output.
    pub(super) said: String,
    /// The package whose line of the lock is to be looked at; empty where it is another matter.
    pub(super) package: String,
}

/// The most telling first: who cannot write says much else as well, and who cannot reach a server finds no package.
const CAUSES: &[Cause] = &[
    Cause {
        words: &["no space left on device", "os error 28", "errno 28", "disk quota exceeded"],
        message: "the disk of the engine is full: {} could not be written",
        about: About::File,
        help: "make room with `docker buildx prune` and `docker system df`, or give the engine a larger disk",
    },
    Cause {
        words: &["invalid peer certificate", "certificate_verify_failed", "certificate verify failed", "unable to get local issuer"],
        message: "the certificate of {} cannot be verified",
        about: About::Server,
        help: "does your network sign TLS anew? Then pass its authorities on: `--secret id=ca,src=/etc/ssl/certs/ca-certificates.crt`, \
               or the secret that `ca:` names",
    },
    Cause {
        words: &["407 proxy", "proxy authentication", "proxyerror", "tunnel error", "unsuccessful tunnel"],
        message: "the proxy did not let the build through to {}",
        about: About::Server,
        help: "pass it on with its login: `--build-arg HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`, and what needs none in `NO_PROXY`",
    },
    Cause {
        words: &["permission denied (publickey", "host key verification failed", "could not read from remote repository"],
        message: "git was not let in at {}",
        about: About::Server,
        help: "pass your agent on with `ssh:` in the spec and `--ssh default`; a host that is not well known needs `ssh: { known-hosts: FILE }`",
    },
    Cause {
        words: &["could not read username", "terminal prompts disabled", "authentication failed for"],
        message: "git was asked for a login at {}",
        about: About::Server,
        help: "use an ssh address with `ssh:` in the spec and `--ssh default`, or a package index with a `secret:`",
    },
    Cause {
        words: &["401 unauthorized", "401 client error", "403 forbidden", "403 client error", "eoferror: eof when reading a line"],
        message: "{} did not let the build in",
        about: About::Server,
        help: "name the secret with its login under `indexes: [{ name: …, url: …, secret: NAME }]`, and pass it on with `--secret id=NAME,src=FILE`",
    },
    Cause {
        words: &["hash mismatch", "do not match the hashes", "not found in known hashes", "hashes from the requirements"],
        message: "the file for {} does not match its hash in the lock",
        about: About::Package,
        help: "the lock or the index was changed: lock that package anew, and look at what changes before you commit it",
    },
    Cause {
        words: &[
            "dns error",
            "failed to lookup address",
            "name resolution",
            "name or service not known",
            "nodename nor servname",
            "could not resolve host",
        ],
        message: "{} cannot be found by its name",
        about: About::Server,
        help: "see to the network of the engine, its proxy (`--build-arg HTTPS_PROXY=…`), and the index that the lock names",
    },
    Cause {
        words: &["connection refused", "tcp connect error", "connecttimeout", "timed out", "network is unreachable", "connection reset"],
        message: "{} cannot be reached",
        about: About::Server,
        help: "see to the network of the engine, its proxy (`--build-arg HTTPS_PROXY=…`), and the index that the lock names",
    },
    Cause {
        words: &["404 not found", "404 client error"],
        message: "{} does not have a file that the lock names",
        about: About::Server,
        help: "it was taken back, or is on another index: lock anew, or name the index under `indexes`",
    },
    Cause {
        words: &[
            "for the current platform",
            "no wheels with a matching",
            "no matching python abi",
            "is not a supported wheel on this platform",
            "unable to find installation candidates",
        ],
        message: "{} has no file for this platform and Python",
        about: About::Package,
        help: "take a version that has a wheel for them, build for another platform, or say another `python:`",
    },
];

/// What is said below the output of an installation that failed, where its cause is known.
pub(super) fn explain(output: &str) -> Option<Explained> {
    let small = output.to_ascii_lowercase();
    let (cause, at) = CAUSES.iter().find_map(|cause| Some((cause, cause.words.iter().filter_map(|words| small.find(words)).min()?)))?;
    let about = match cause.about {
        About::Server => server(output, at).map_or_else(|| "the server".to_owned(), |server| format!("`{server}`")),
        About::File | About::Package => package(output, at).map_or_else(|| "a package".to_owned(), |package| format!("`{package}`")),
    };
    let package = if matches!(cause.about, About::Package) { package(output, at).unwrap_or_default() } else { String::new() };
    Some(Explained { said: format!("{}\nhelp: {}", cause.message.replace("{}", &about), cause.help), package })
}

/// The host of the address that is named last before some words, else first after them.
fn server(output: &str, at: usize) -> Option<String> {
    let hosts = |text: &str| -> Vec<String> {
        let of = |(start, scheme): (usize, &str)| {
            let rest = &text[start + scheme.len()..];
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".-:@_~%".contains(c))).unwrap_or(rest.len());
            // A login has no place in a message.
            let host = rest[..end].rsplit('@').next().unwrap_or_default().trim_end_matches(['.', ':']);
            (!host.is_empty()).then(|| host.to_owned())
        };
        let mut found: Vec<(usize, &str)> = ["://", "git@"].iter().flat_map(|scheme| text.match_indices(scheme)).collect();
        found.sort_unstable();
        found.into_iter().filter_map(of).collect()
    };
    hosts(&output[..at]).pop().or_else(|| hosts(&output[at..]).into_iter().next())
}

/// The package that is named nearest to some words: in the line itself, else in the last before it that names one.
fn package(output: &str, at: usize) -> Option<String> {
    const BEFORE: [&str; 9] = [
        "hash mismatch for ",
        "failed to download ",
        "failed to build ",
        "failed to fetch ",
        "failed to prepare ",
        "failed to install: ",
        "distribution ",
        "candidates for ",
        "hash for ",
    ];
    let start = output[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = output[start..].lines().next()?;
    let named = |line: &str| {
        let small = line.to_ascii_lowercase();
        let rest = BEFORE.iter().find_map(|words| small.find(words).map(|at| &line[at + words.len()..]))?;
        // `anyio==4.16.0`, anyio (4.16.0), anyio==4.16.0 @ registry+…
        let rest = rest.trim_start_matches(['`', '"', '\'']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._-=+![]".contains(c))).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches(['.', ':', ',']);
        let version = rest[end..].trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(version, _)| version);
        let version = version.filter(|version| version.starts_with(|c: char| c.is_ascii_digit()));
        (!name.is_empty()).then(|| version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}")))
    };
    named(line).or_else(|| output[..start].lines().rev().find_map(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of an output begins and goes on like this.
    #[track_caller]
    fn says(output: &str, start: &str, help: &str) {
        let said = explain(output).map(|found| found.said).unwrap_or_default();
        let (message, way_out) = said.split_once("\nhelp: ").unwrap_or((&said, ""));
        assert_eq!(message, start, "{output}");
        assert!(way_out.contains(help), "`{help}` is not in `{way_out}`");
    }

    #[test]
    fn what_uv_says_is_told_by_its_cause() {
        says(
            "error: Request failed after 3 retries\n  Caused by: Failed to fetch: `https://files.example.org/simple/anyio/`\n  \
             Caused by: error sending request\n  Caused by: client error (Connect)\n  Caused by: invalid peer certificate: UnknownIssuer\n",
            "the certificate of `files.example.org` cannot be verified",
            "--secret id=ca,src=",
        );
        says(
            "  × Failed to download `anyio==4.16.0`\n  ├─▶ Request failed\n  ├─▶ error sending request for url \
             (https://files.example.invalid/anyio.whl)\n  ╰─▶ dns error: failed to lookup address information: Name or service not known\n",
            "`files.example.invalid` cannot be found by its name",
            "HTTPS_PROXY",
        );
        says(
            "  × Failed to download `anyio==4.16.0`\n  ╰─▶ Hash mismatch for `anyio==4.16.0`\n\n      Expected:\n        sha256:1\n",
            "the file for `anyio==4.16.0` does not match its hash in the lock",
            "lock that package anew",
        );
        says(
            "error: Distribution `torch==2.9.0 @ registry+https://pypi.org/simple` can't be installed because it doesn't have a source \
             distribution or wheel for the current platform\n",
            "`torch==2.9.0` has no file for this platform and Python",
            "wheel",
        );
        says(
            "error: Failed to install: numpy-2.3.0-cp313.whl (numpy==2.3.0)\n  Caused by: failed to write: No space left on device (os error 28)\n",
            "the disk of the engine is full: `numpy-2.3.0-cp313.whl` could not be written",
            "docker buildx prune",
        );
        says(
            "  ├─▶ Failed to fetch: `https://user:secret@index.example.org/simple/x/`\n  ╰─▶ HTTP status client error (401 Unauthorized) for url\n",
            "`index.example.org` did not let the build in",
            "secret: NAME",
        );
        says(
            "  Caused by: failed to fetch branch\n  git@github.com: Permission denied (publickey).\n  fatal: Could not read from remote repository.\n",
            "git was not let in at `github.com`",
            "--ssh default",
        );
    }

    #[test]
    fn what_pip_and_poetry_say_is_told_by_its_cause() {
        says(
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n    anyio==4.16.0 from https://pypi.org/x:\n",
            "the file for a package does not match its hash in the lock",
            "lock that package anew",
        );
        says(
            "  Hash for anyio (4.16.0) from archive anyio-4.16.0.whl not found in known hashes (was: sha256:1)\n",
            "the file for `anyio 4.16.0` does not match its hash in the lock",
            "",
        );
        says(
            "  Unable to find installation candidates for psycopg2 (2.9.10)\n",
            "`psycopg2 2.9.10` has no file for this platform and Python",
            "",
        );
        says(
            "urllib3.exceptions.SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] https://pypi.org\n",
            "the certificate of `pypi.org` cannot be verified",
            "",
        );
    }

    #[test]
    fn a_package_is_to_blame_where_its_line_of_the_lock_is() {
        let blamed = |output: &str| explain(output).map(|found| found.package).unwrap_or_default();
        assert_eq!(blamed("  × Failed to download `anyio==4.16.0`\n  ╰─▶ Hash mismatch for `anyio==4.16.0`\n"), "anyio==4.16.0");
        assert_eq!(blamed("  Caused by: dns error: failed to lookup address information\n"), "");
        assert_eq!(blamed("error: Failed to install: numpy-2.3.0-cp313.whl\n  Caused by: No space left on device (os error 28)\n"), "");
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        for output in ["", "error: invalid command 'bdist_wheel'", "  × No solution found when resolving dependencies"] {
            assert_eq!(explain(output), None, "{output}");
        }
    }
}
