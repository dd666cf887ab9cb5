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
        let without_inputs = self.name.starts_with("[lock 1/") || self.name.contains(" FROM ");
        OTHERS.iter().all(|start| !self.name.starts_with(start)) && !without_inputs
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
    found.into_iter().map(|(_, step)| step).collect()
}

#[test]
fn outcomes_are_read() {
    let log = "#0 building with \"default\" instance\n\n#1 [internal] load .dockerignore\n#1 DONE 0.0s\n\n#2 [builder 1/2] Install\n\
               #2 0.1 CACHED in its output\n#3 [a 1/1] Copy\n#3 CACHED\n#2 ...\n#4 [b 1/1] Run\n#2 DONE 1.5s\n#4 ERROR: process\n# no step\n";
    let own: Vec<_> = steps(log).into_iter().filter(Step::is_own).map(|s| (s.name, s.outcome)).collect();
    let expected = [("[builder 1/2] Install", Outcome::Done), ("[a 1/1] Copy", Outcome::Cached), ("[b 1/1] Run", Outcome::Failed)];
    assert_eq!(own, expected.map(|(name, outcome)| (name.to_owned(), outcome)));

    let canceled = "#1 [builder 2/3] Install\n#1 CANCELED\n#2 [a 1/1] Copy\n#2 DONE 0.1s\n";
    assert_eq!(steps(canceled)[0].outcome, Outcome::Cached);
    assert_eq!(steps(&format!("{canceled}#3 [b 1/1] Run\n#3 ERROR: process\n"))[0].outcome, Outcome::Failed);
}
