//! Where steps can be put: the phases of a recipe's stages, by their names, or by `stage.phase` where several stages have one.
//! A recipe that extends another looks here, and so does a spec with steps of its own.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Sink, codes, nearest};
use crate::yaml::At;
use crate::yaml::decode::list;

use super::checked::{Recipe, Stage, Step};
use super::render::Given;

/// The phase that puts the service's files together.
const APPLICATION: &str = "application";

/// The phases of stages: the place of the stage among its own, its name, and the phase's, each once.
pub(super) struct Phases<'a>(Vec<(usize, &'a str, &'a str)>);

impl<'a> Phases<'a> {
    /// Those of these steps.
    pub(super) fn of(steps: impl Iterator<Item = (usize, &'a str, &'a str)>) -> Self {
        let mut phases = vec![];
        for phase in steps {
            if !phases.contains(&phase) {
                phases.push(phase);
            }
        }
        Self(phases)
    }

    /// The stage that has a phase, and the phase; or that there is none, or several. `whose` is who has the phases.
    pub(super) fn find(&self, asked: &At<String>, whose: &str) -> Result<(usize, &'a str), Box<Diagnostic>> {
        let is_asked = |(_, stage, phase): &&(usize, &str, &str)| {
            asked.value == *phase || asked.value.split_once('.').is_some_and(|(s, p)| s == *stage && p == *phase)
        };
        let found: Vec<_> = self.0.iter().filter(is_asked).collect();
        let message = match found[..] {
            [(stage, _, phase)] => return Ok((*stage, phase)),
            [] => format!("{whose} has no phase `{}`", asked.value),
            _ => format!("the phase `{}` is in several stages", asked.value),
        };
        let full: Vec<String> = self.0.iter().map(|(_, stage, phase)| format!("{stage}.{phase}")).collect();
        let bare = self.0.iter().map(|(_, _, phase)| *phase);
        let near = nearest(&asked.value, bare.chain(full.iter().map(String::as_str))).map(|near| format!("did you mean `{near}`?"));
        let found = Diagnostic::new(codes::UNKNOWN_PHASE, message).at(asked.place, near.unwrap_or_default());
        Err(Box::new(found.help(format!("the phases are {}", list(&full)))))
    }
}

impl Recipe {
    /// The stages that are there with these values.
    pub(super) fn there<'r, 'g>(&'r self, given: &'g BTreeMap<String, Given>) -> impl DoubleEndedIterator<Item = &'r Stage> + use<'r, 'g> {
        self.stages.iter().filter(|stage| stage.when.holds(given))
    }

    /// The stage that becomes the image with these values; an empty name where there is none.
    pub(super) fn result(&self, given: &BTreeMap<String, Given>) -> &str {
        let ships = |stage: &&Stage| !stage.proof && Some(&stage.name) != self.report.as_ref();
        let last = || self.there(given).rfind(ships).map(|stage| stage.name.as_str());
        self.result.as_deref().or_else(last).unwrap_or_default()
    }

    /// Puts a step after those of a phase, and gives the name of the stage. `None` where no stage that is there with these
    /// values has the phase, or several do; the sink says so.
    pub(crate) fn add(&mut self, phase: &At<String>, step: Step, given: &BTreeMap<String, Given>, sink: &mut Sink) -> Option<String> {
        let there: Vec<&str> = self.there(given).map(|stage| stage.name.as_str()).collect();
        let stages = self.stages.iter().enumerate().filter(|(_, stage)| there.contains(&stage.name.as_str()));
        let phases = Phases::of(stages.flat_map(|(at, s)| s.steps.iter().map(move |step| (at, s.name.as_str(), step.phase.as_str()))));
        let (stage, phase) = phases.find(phase, "the recipe").map_err(|found| sink.push(*found)).ok()?;
        let phase = phase.to_owned();
        let stage = &mut self.stages[stage];
        let after = stage.steps.iter().rposition(|step| step.phase == phase).map_or(0, |last| last + 1);
        stage.steps.insert(after, Step { phase, ..step });
        Some(stage.name.clone())
    }

    /// Puts steps at the end of the stage that the service's files are put together in.
    pub(crate) fn ship(&mut self, steps: Vec<Step>, given: &BTreeMap<String, Given>) {
        let has = |stage: &&Stage| stage.steps.iter().any(|step| step.phase == APPLICATION);
        let name = self.there(given).find(has).map_or_else(|| self.result(given), |stage| stage.name.as_str()).to_owned();
        if let Some(stage) = self.stages.iter_mut().find(|stage| stage.name == name) {
            stage.steps.extend(steps.into_iter().map(|step| Step { phase: APPLICATION.to_owned(), ..step }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::known::Input;
    use super::super::{Action, Condition, Library};
    use super::*;
    use crate::diag::Sources;

    const RECIPE: &str = "summary: Two stages of one phase\n\
        inputs: { twice: { type: flag, help: Whether both are there } }\n\
        stages:\n\
        - { stage: early, when: twice, from: scratch, steps: [{ phase: build }, { phase: late, mkdir: /early }] }\n\
        - { stage: image, from: scratch, steps: [{ phase: build, mkdir: /a }, { phase: build, mkdir: /b }, { phase: late }] }\n";

    /// Where a step at this phase comes to stand, as its stage and its number there; or what is said.
    fn stands(asked: &str, twice: bool) -> Result<(String, usize), String> {
        let (mut sources, mut sink, mut library) = (Sources::default(), Sink::default(), Library::default());
        library.add("two.yaml", Some(RECIPE.to_owned()));
        let mut recipe = library.load("two.yaml", None, &mut sources, &mut sink).expect("it is a good recipe");
        let place = recipe.stages[0].place;
        let given = BTreeMap::from([("twice".to_owned(), Given { input: Input::Flag(twice), places: vec![] })]);
        let step = Step {
            phase: String::new(),
            place,
            name: None,
            when: Condition::default(),
            each: Some("marked".to_owned()),
            action: Action::Anchor,
        };
        let asked = At { value: asked.to_owned(), place };
        let Some(stage) = recipe.add(&asked, step, &given, &mut sink) else {
            return Err(sink.into_sorted().iter().map(|found| [&found.message, " ", &found.help.join(" ")].concat()).collect());
        };
        let found = recipe.stages.iter().find(|s| s.name == stage).expect("it was named");
        Ok((stage, found.steps.iter().position(|step| step.each.is_some()).expect("it was added")))
    }

    #[test]
    fn a_step_stands_after_those_of_its_phase_in_a_stage_that_is_there() {
        assert_eq!(stands("build", false), Ok(("image".to_owned(), 2)));
        assert_eq!(stands("early.build", true), Ok(("early".to_owned(), 1)));
        assert_eq!(stands("image.late", true), Ok(("image".to_owned(), 3)));
        let said = "the phase `build` is in several stages the phases are `early.build`, `early.late`, `image.build`, `image.late`";
        assert_eq!(stands("build", true), Err(said.to_owned()));
        let said = "the recipe has no phase `early.build` the phases are `image.build`, `image.late`";
        assert_eq!(stands("early.build", false), Err(said.to_owned()));
    }
}
