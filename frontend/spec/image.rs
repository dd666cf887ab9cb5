//! What a recipe says of the image where a spec says nothing.

use crate::diag::Sink;
use crate::names::{AbsPath, Port, User, Word};
use crate::yaml::over::Over;
use crate::yaml::{Argv, At, Decode, Node, Table, keys};

use super::size_and_proof::{Check, Size};
use super::types::BeforeStart;
use super::{Healthcheck, Spec};

keys! {
    /// What a recipe answers of the keys of a spec.
    pub(super) struct ImageKeys as "a recipe's `image`" {
        /// The command.
        command: Option<At<Argv>> = "command", "[/app/server]";
        /// The entry point.
        entrypoint: Option<At<Argv>> = "entrypoint", "[/app/server]";
        /// The commands that run before the service.
        before_start: Option<At<BeforeStart>> = "before-start", "[[/app/server, --migrate]]";
        /// Who runs it.
        user: Option<At<User>> = "user", "65532";
        /// The ports that it listens on.
        expose: Option<Vec<At<Port>>> = "expose", "[8000]";
        /// The folders that it can write to.
        volumes: Option<Vec<At<AbsPath>>> = "volumes", "[/data]";
        /// Labels, below the spec's own.
        labels: Option<Table<At<String>>> = "labels", "{org.example.team: shop}";
        /// How an engine asks whether a container is well.
        healthcheck: Option<At<Healthcheck>> = "healthcheck", "{http: \":8000/healthz\"}";
        /// The signal that ends it.
        stop_signal: Option<At<Word>> = "stop-signal", "SIGINT";
        /// The size that the image may have.
        budget: Option<At<Size>> = "budget", "120MB";
        /// What must hold in the image.
        check: Option<At<Check>> = "check", "{files: [/app/static]}";
    }
}

impl Spec {
    /// Takes what a recipe says of the image, where the spec itself says nothing. `None` where that cannot be read; the sink says why.
    pub(crate) fn complete(&mut self, image: &Node, sink: &mut Sink) -> Option<()> {
        let keys = ImageKeys::decode(image, sink)?;
        let mut alone = Self::default();
        keys.clone().under(&mut alone);
        super::check::check(&alone, sink);
        keys.under(self);
        (!sink.has_errors()).then_some(())
    }
}

impl ImageKeys {
    /// Puts what is said here where a spec says nothing.
    fn under(self, spec: &mut Spec) {
        // A spec that starts something itself says all of it.
        if spec.command.is_none() && spec.entrypoint.is_none() {
            (spec.command, spec.entrypoint) = (self.command, self.entrypoint);
        }
        spec.before_start = spec.before_start.take().or(self.before_start);
        spec.user = spec.user.take().or(self.user);
        spec.expose = spec.expose.take().or(self.expose);
        spec.volumes = spec.volumes.take().or(self.volumes);
        spec.healthcheck = spec.healthcheck.take().or(self.healthcheck);
        spec.stop_signal = spec.stop_signal.take().or(self.stop_signal);
        spec.budget = spec.budget.take().or(self.budget);
        spec.check = spec.check.take().or(self.check);
        spec.labels = match (spec.labels.take(), self.labels) {
            (Some(own), below) => Some(own.over(below)),
            (None, below) => below,
        };
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::decode::Keys;

    use super::*;

    #[test]
    fn each_is_a_key_of_the_spec_of_the_same_form() {
        let of_spec = Spec::fields();
        for field in ImageKeys::fields() {
            let own = of_spec.iter().find(|own| own.key == field.key).unwrap_or_else(|| panic!("a spec has no `{}`", field.key));
            assert_eq!(format!("{:?}", own.shape), format!("{:?}", field.shape), "{}", field.key);
        }
    }
}
