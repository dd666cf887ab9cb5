//! The steps of a build as `--progress=plain` prints them: name and outcome of each.

/// One step.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) outcome: Outcome,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was executed.
    Done,
    /// Its result was there already, from the start or by the time that the engine had begun to execute it.
    Cached,
    /// It failed, or was not finished when another one failed.
    Failed,
}

impl Step {
    /// Its name without the platform, which it has where it is another build's that is made for several.
    pub(super) fn plain(&self) -> String {
        ["[linux/amd64 ", "[linux/arm64 "].iter().fold(self.name.clone(), |name, platform| name.replacen(platform, "[", 1))
    }

    /// Whether a step of an earlier build has its name; in one for several platforms they are told apart by it.
    fn is_again(&self, earlier: &Self) -> bool {
        [earlier.name.clone(), earlier.plain()].contains(&self.name)
    }

    /// Whether the image's recipe asks for it: it loads nothing and exports nothing. Neither counts the first step of a stage that
    /// stands on nothing: an engine says of a step without inputs that it was done, when all it did was to compute its name.
    /// And an image may have the name that another build gives it at the same time.
    pub(super) fn is_own(&self) -> bool {
        const OTHERS: &[&str] = &[
            "[internal]",
            "[base]",
            "building with",
            "resolve",
            "docker-image://",
            "exporting",
            "importing",
            "load",
            "copy /context",
            "[report]",
        ];
        let name = self.plain();
        let without_inputs = name.starts_with("[lock 1/") || name.contains(" FROM ");
        OTHERS.iter().all(|start| !name.starts_with(start)) && !without_inputs
    }
}

/// Reads progress as text. An engine that looks for the result of a step, and finds it only by what is in the files it is made
/// of, may have begun to execute the step meanwhile, which it then cancels (seen on new engines): in a build without an error that
/// step was cached.
pub(super) fn steps(log: &str) -> Vec<Step> {
    let mut found: Vec<(&str, Step)> = vec![];
    let good = !log.lines().any(|line| line.starts_with('#') && line.split(' ').nth(1) == Some("ERROR:"));
    for (number, rest) in log.lines().filter_map(|line| line.strip_prefix('#')?.split_once(' ')) {
        if number.parse::<u32>().is_err() {
            continue;
        }
        match found.iter_mut().find(|(known, _)| *known == number) {
            None => found.push((number, Step { name: rest.to_owned(), outcome: Outcome::Failed })),
            Some((_, step)) if rest == "CACHED" || (rest == "CANCELED" && good) => step.outcome = Outcome::Cached,
            Some((_, step)) if rest.starts_with("DONE ") => step.outcome = Outcome::Done,
            Some(_) => {}
        }
    }
    without_replay(found.into_iter().map(|(_, step)| step).collect())
}

/// Leaves out steps of an earlier build. An engine that has not yet let go of that one shows those of its steps first that have something
/// to do with this build's, as they went. What depends on the files that a client sends has another number there, since each build has
/// files of its own: so of a name that is there more than once the last is this build's.
fn without_replay(steps: Vec<Step>) -> Vec<Step> {
    let mut own: Vec<Step> = vec![];
    for step in steps.into_iter().rev() {
        if !step.is_own() || own.iter().all(|later| !later.is_again(&step)) {
            own.push(step);
        }
    }
    own.reverse();
    own
}

#[test]
fn outcomes_are_read() {
    let log = "#0 building with \"default\" instance\n\n#1 [internal] load .dockerignore\n#1 DONE 0.0s\n\n#2 [builder 1/2] Install\n\
               #2 0.1 CACHED in its output\n#3 [a 1/1] Copy\n#3 CACHED\n#2 ...\n#4 [b 1/1] Run\n#2 DONE 1.5s\n#4 ERROR: process\n# no step\n";
    let own: Vec<_> = steps(log).into_iter().filter(Step::is_own).map(|s| (s.name, s.outcome)).collect();
    let expected = [("[builder 1/2] Install", Outcome::Done), ("[a 1/1] Copy", Outcome::Cached), ("[b 1/1] Run", Outcome::Failed)];
    assert_eq!(own, expected.map(|(name, outcome)| (name.to_owned(), outcome)));

    let replay = "#1 [lock 2/2] Write\n#1 CACHED\n#2 [linux/amd64 a 1/1] Copy\n#2 DONE 0.1s\n#3 [builder 2/3] Install\n#3 CACHED\n\
                  #4 [a 1/1] Copy\n#4 CACHED\n#5 [b 1/1] Run\n#5 DONE 0.2s\n";
    let own: Vec<_> = steps(replay).into_iter().map(|s| (s.plain(), s.outcome)).collect();
    let expected = [
        ("[lock 2/2] Write", Outcome::Cached),
        ("[builder 2/3] Install", Outcome::Cached),
        ("[a 1/1] Copy", Outcome::Cached),
        ("[b 1/1] Run", Outcome::Done),
    ];
    assert_eq!(own, expected.map(|(name, outcome)| (name.to_owned(), outcome)));

    let of_another = "#1 [linux/amd64 lock 1/2] Write\n#1 DONE 0.0s\n#2 [linux/amd64 base] python\n#2 DONE 0.0s\n";
    assert!(steps(of_another).iter().all(|step| !step.is_own()));

    let canceled = "#1 [builder 2/3] Install\n#1 CANCELED\n#2 [a 1/1] Copy\n#2 DONE 0.1s\n";
    assert_eq!(steps(canceled)[0].outcome, Outcome::Cached);
    assert_eq!(steps(&format!("{canceled}#3 [b 1/1] Run\n#3 ERROR: process\n"))[0].outcome, Outcome::Failed);
}
