//! The image's config: the base image's, with what the plan says put on top and everything else kept as it was.
//! Plain JSON rather than a struct, so that fields we do not know (Docker's and those to come) survive.

use serde_json::{Map, Value, json};

use crate::plan::{self, Plan};

use super::Settings;

/// Where programs are looked for in an image that does not say.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Makes the config of the image that a plan yields on a base image's config. What is no image says nothing of itself.
#[must_use]
pub fn config(plan: &Plan, base: &Value, settings: &Settings) -> Value {
    let is_image = plan.target.product.is_image();
    let mut image = base.as_object().filter(|_| is_image).cloned().unwrap_or_default();
    // Times and build leftovers of the base are not this image's; the engine fills in its own.
    for key in ["created", "container", "container_config", "docker_version", "author"] {
        image.remove(key);
    }
    image.insert("architecture".into(), settings.platform.architecture.as_str().into());
    image.insert("os".into(), settings.platform.os.as_str().into());
    if !settings.platform.variant.is_empty() {
        image.insert("variant".into(), settings.platform.variant.as_str().into());
    }
    if let Some(created) = settings.epoch.map(rfc3339) {
        image.insert("created".into(), created.into());
    }
    if !is_image {
        return Value::Object(image);
    }
    let inherited = image.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
    image.insert("config".into(), Value::Object(runtime(plan, inherited, settings)));
    Value::Object(image)
}

fn runtime(plan: &Plan, mut config: Map<String, Value>, settings: &Settings) -> Map<String, Value> {
    let said = &plan.image;
    let mut env = self::env(&Value::Object(config.clone()));
    if config.is_empty() {
        // What every build gives an image that stands on nothing, so that programs are found by their names.
        env.push(("PATH".to_owned(), PATH.to_owned()));
    }
    for stage in plan.lineage(plan.result()).1 {
        merge_env(&mut env, &stage.env);
    }
    merge_env(&mut env, &said.env);
    config.insert("Env".into(), env.iter().map(|(name, value)| format!("{name}={value}")).collect());
    config.insert("User".into(), said.user.to_string().into());
    config.insert("WorkingDir".into(), said.workdir.as_str().into());
    for (key, words) in [("Entrypoint", &said.entrypoint), ("Cmd", &said.command)] {
        if words.is_empty() {
            config.remove(key);
        } else {
            config.insert(key.into(), words.clone().into());
        }
    }
    if !said.expose.is_empty() {
        let ports = object(&mut config, "ExposedPorts");
        for port in &said.expose {
            ports.insert(port.clone(), json!({}));
        }
    }
    if !said.volumes.is_empty() {
        let volumes = object(&mut config, "Volumes");
        for volume in &said.volumes {
            volumes.insert(volume.clone(), json!({}));
        }
    }
    if let Some(signal) = &said.stop_signal {
        config.insert("StopSignal".into(), signal.as_str().into());
    }
    let labels = said.labels.iter().chain(&settings.labels);
    for (name, value) in labels {
        object(&mut config, "Labels").insert(name.clone(), value.as_str().into());
    }
    // The base's health check and build triggers are about another program.
    config.remove("OnBuild");
    match &said.healthcheck {
        None => _ = config.remove("Healthcheck"),
        Some(check) => _ = config.insert("Healthcheck".into(), health(check)),
    }
    config
}

/// The object of a key; whatever else a base image has there is no use to anyone.
fn object<'c>(config: &'c mut Map<String, Value>, key: &str) -> &'c mut Map<String, Value> {
    let value = config.entry(key).or_insert_with(|| json!({}));
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().expect("it was made one")
}

/// Docker's form of a health check, whose times are in nanoseconds.
fn health(check: &plan::Healthcheck) -> Value {
    const NANOSECONDS: u64 = 1_000_000_000;
    let test: Vec<&str> = ["CMD"].into_iter().chain(check.command.iter().map(String::as_str)).collect();
    let mut value = json!({ "Test": test });
    for (key, seconds) in [("Interval", check.interval), ("Timeout", check.timeout), ("StartPeriod", check.start_period)] {
        if let Some(seconds) = seconds {
            value[key] = (seconds * NANOSECONDS).into();
        }
    }
    if let Some(retries) = check.retries {
        value["Retries"] = retries.into();
    }
    value
}

/// The environment in an image's runtime config, in order.
#[must_use]
pub fn env(config: &Value) -> Vec<(String, String)> {
    let entries = config["Env"].as_array().into_iter().flatten().filter_map(Value::as_str);
    entries.map(|entry| entry.split_once('=').unwrap_or((entry, ""))).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

/// Puts variables on top of others: a known name keeps its position and takes the new value.
pub fn merge_env(env: &mut Vec<(String, String)>, more: &[(String, String)]) {
    for (name, value) in more {
        match env.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => old.clone_from(value),
            None => env.push((name.clone(), value.clone())),
        }
    }
}

/// Seconds since 1970 as a date in UTC, by the proleptic Gregorian calendar.
fn rfc3339(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Count from the first of March of year 0, so that the leap day is the last day of a year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_around_leap_days() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(rfc3339(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(rfc3339(1_709_251_200), "2024-03-01T00:00:00Z");
        assert_eq!(rfc3339(315_532_800), "1980-01-01T00:00:00Z");
    }

    #[test]
    fn a_known_variable_keeps_its_position() {
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        let mut env = vec![pair("PATH", "/bin"), pair("LANG", "C")];
        merge_env(&mut env, &[pair("ZED", "1"), pair("PATH", "/app:/bin")]);
        assert_eq!(env, [pair("PATH", "/app:/bin"), pair("LANG", "C"), pair("ZED", "1")]);
    }
}
