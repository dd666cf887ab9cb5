//! What the client asked for: `BUILDKIT_FRONTEND_OPT_*` and its neighbours in the environment, as one typed value.

use std::collections::BTreeMap;

use buildkit_llb::{ExtraHost, Network};
use buildkit_proto::frontend::CacheOptionsEntry;
use buildkit_proto::pb::{Definition, LinuxResources, Platform, ProxyEnv, Ulimit};
use prost::Message;

/// Everything the client asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The options as they came; typed readings of them below.
    pub raw: BTreeMap<String, String>,
    /// The session that owns local folders and secrets.
    pub session: String,
    /// The definition of the image that this program comes in, where BuildKit hands it over.
    pub distil: Option<Box<Definition>>,
}

/// Why an option cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the build option `{key}` has the value `{value}`, which is not {expected}")]
pub struct BadOption {
    key: String,
    value: String,
    expected: &'static str,
}

impl Options {
    /// Reads the environment of a frontend container.
    pub fn from_env(vars: impl Iterator<Item = (String, String)>) -> Self {
        let mut options = Self::default();
        for (name, value) in vars {
            if name.starts_with("BUILDKIT_FRONTEND_OPT_") {
                if let Some((key, value)) = value.split_once('=') {
                    options.raw.insert(key.to_owned(), value.to_owned());
                }
            } else if name == "BUILDKIT_SESSION_ID" {
                options.session = value;
            }
        }
        options
    }

    /// Takes the definition of the frontend's own image from the file that BuildKit puts it in. Without one, or with one that
    /// cannot be read, the image is asked for by its name.
    #[must_use]
    pub fn with_own_image(mut self, file: Option<Vec<u8>>) -> Self {
        let definition = file.and_then(|bytes| Definition::decode(bytes.as_slice()).ok());
        self.distil = definition.filter(|d| !d.def.is_empty()).map(Box::new);
        self
    }

    /// An option's value, when it is there and not empty.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.raw.get(key).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// A build argument.
    #[must_use]
    pub fn build_arg(&self, name: &str) -> Option<&str> {
        self.get(&format!("build-arg:{name}"))
    }

    /// The spec's path in its folder.
    #[must_use]
    pub fn filename(&self) -> &str {
        self.get("filename").unwrap_or("distil.yaml")
    }

    /// The name of the client's folder that holds the spec.
    #[must_use]
    pub fn entry_local(&self) -> &str {
        self.get("dockerfilekey").unwrap_or("dockerfile")
    }

    /// The session that owns a local folder.
    #[must_use]
    pub fn session_of(&self, local: &str) -> &str {
        self.get(&format!("local-sessionid:{local}")).unwrap_or(&self.session)
    }

    /// The platforms to build for; none means the engine's own.
    pub fn platforms(&self) -> Result<Vec<Platform>, BadOption> {
        let mut platforms = vec![];
        for text in self.get("platform").unwrap_or_default().split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let platform = platform(text).ok_or_else(|| bad("platform", text, "a platform such as linux/amd64"))?;
            if platform.os != "linux" {
                return Err(bad("platform", text, "a platform of Linux, as linux/amd64: images of distil are for Linux alone"));
            }
            // One image for each: `linux/arm64` and `linux/arm64/v8` are the same.
            if !platforms.contains(&platform) {
                platforms.push(platform);
            }
        }
        Ok(platforms)
    }

    /// Whether the result is an index even for one platform.
    pub fn multi_platform(&self) -> Result<Option<bool>, BadOption> {
        let keys = ["multi-platform", "build-arg:BUILDKIT_MULTI_PLATFORM"];
        let Some((key, said)) = keys.into_iter().find_map(|key| Some((key, self.get(key)?))) else { return Ok(None) };
        truth(said).map(Some).ok_or_else(|| bad(key, said, "true or false"))
    }

    /// Whether a repository that is the context keeps its history, for tools that read the version there.
    pub fn keeps_git_dir(&self) -> Result<bool, BadOption> {
        let key = "build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR";
        self.get(key).map_or(Ok(false), |said| truth(said).ok_or_else(|| bad(key, said, "true or false")))
    }

    /// Where images are looked for, as the engine wants to be told.
    pub fn resolve_mode(&self) -> Result<Option<&str>, BadOption> {
        match self.get("image-resolve-mode") {
            known @ (None | Some("default" | "pull" | "local")) => Ok(known),
            Some(other) => Err(bad("image-resolve-mode", other, "default, pull or local")),
        }
    }

    /// Stages to build anew.
    #[must_use]
    pub fn no_cache(&self) -> Option<Vec<String>> {
        let list = self.raw.get("no-cache")?;
        Some(list.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect())
    }

    /// Caches to import, in the client's order.
    pub fn cache_imports(&self) -> Result<Vec<CacheOptionsEntry>, BadOption> {
        let mut entries = vec![];
        if let Some(text) = self.get("cache-imports") {
            let wrong = || bad("cache-imports", text, "a list of caches");
            let list: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|_| wrong())?;
            for entry in list {
                let kind = entry["Type"].as_str().ok_or_else(wrong)?.to_owned();
                let attrs = entry["Attrs"].as_object().into_iter().flatten();
                let attrs = attrs.map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect();
                entries.push(CacheOptionsEntry { r#type: kind, attrs });
            }
        } else if let Some(list) = self.get("cache-from") {
            for reference in list.split(',') {
                let attrs = BTreeMap::from([("ref".to_owned(), reference.trim().to_owned())]);
                entries.push(CacheOptionsEntry { r#type: "registry".to_owned(), attrs });
            }
        }
        Ok(entries)
    }

    /// Whether a bill of materials is to be attested. One that another generator is named for is the engine's to make.
    #[must_use]
    pub fn asks_sbom(&self) -> bool {
        let asked = self.raw.get("attest:sbom").or_else(|| self.raw.get("build-arg:BUILDKIT_ATTEST_SBOM"));
        let own = |field: &str| !field.starts_with("generator=") && field != "disabled=true";
        asked.is_some_and(|said| said.split(',').all(|field| own(field.trim_matches(['"', ' ']))))
    }

    /// Labels from the command line, in the order of their names.
    #[must_use]
    pub fn labels(&self) -> Vec<(String, String)> {
        self.with_prefix("label:").map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    /// Every build argument, by its name.
    pub fn build_args(&self) -> impl Iterator<Item = (String, String)> {
        self.with_prefix("build-arg:").map(|(name, value)| (name.to_owned(), value.to_owned()))
    }

    /// Options under a prefix, without it.
    pub fn with_prefix<'o>(&'o self, prefix: &'o str) -> impl Iterator<Item = (&'o str, &'o str)> {
        self.raw.iter().filter_map(move |(k, v)| Some((k.strip_prefix(prefix)?, v.as_str())))
    }

    /// Extra lines of `/etc/hosts`.
    pub fn extra_hosts(&self) -> Result<Vec<ExtraHost>, BadOption> {
        let list = self.get("add-hosts").unwrap_or_default();
        let entries = list.split(',').filter(|e| !e.is_empty());
        let read = |entry: &str| {
            let wrong = || bad("add-hosts", entry, "host=address");
            let (host, ip) = entry.split_once('=').ok_or_else(wrong)?;
            Ok(ExtraHost { host: host.to_owned(), ip: ip.parse().map_err(|_| wrong())? })
        };
        entries.map(read).collect()
    }

    /// Limits of steps.
    pub fn ulimits(&self) -> Result<Vec<Ulimit>, BadOption> {
        let list = self.get("ulimit").unwrap_or_default();
        let read = |entry: &str| {
            let wrong = || bad("ulimit", entry, "name=soft:hard");
            let (name, limits) = entry.split_once('=').ok_or_else(wrong)?;
            let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
            let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
            Ok(Ulimit { name: name.to_owned(), soft: number(soft)?, hard: number(hard)? })
        };
        list.split(',').filter(|e| !e.is_empty()).map(read).collect()
    }

    /// Size of `/dev/shm` during steps, in bytes.
    pub fn shm_size(&self) -> Result<Option<u64>, BadOption> {
        self.get("shm-size").map(|v| v.parse().map_err(|_| bad("shm-size", v, "a number of bytes"))).transpose()
    }

    /// Memory and processors of steps; `None` where the client sets no bound.
    pub fn resources(&self) -> Result<Option<LinuxResources>, BadOption> {
        fn number<T: std::str::FromStr + Default>(options: &Options, key: &str) -> Result<T, BadOption> {
            options.get(key).map_or(Ok(T::default()), |v| v.parse().map_err(|_| bad(key, v, "a number")))
        }
        let resources = LinuxResources {
            memory: number(self, "memory")?,
            memory_swap: number(self, "memswap")?,
            cpu_shares: number(self, "cpushares")?,
            cpu_period: number(self, "cpuperiod")?,
            cpu_quota: number(self, "cpuquota")?,
            cpuset_cpus: self.get("cpusetcpus").unwrap_or_default().to_owned(),
            cpuset_mems: self.get("cpusetmems").unwrap_or_default().to_owned(),
        };
        Ok((resources != LinuxResources::default()).then_some(resources))
    }

    /// The network of steps that have one.
    pub fn network(&self) -> Result<Network, BadOption> {
        match self.get("force-network-mode") {
            None | Some("sandbox" | "default") => Ok(Network::Sandbox),
            Some("host") => Ok(Network::Host),
            Some("none") => Ok(Network::None),
            Some(other) => Err(bad("force-network-mode", other, "none, host or default")),
        }
    }

    /// The time that every file and the image get.
    pub fn epoch(&self) -> Result<Option<i64>, BadOption> {
        let wrong = |v| bad("build-arg:SOURCE_DATE_EPOCH", v, "a number of seconds since 1970");
        self.build_arg("SOURCE_DATE_EPOCH").map(|v| v.parse().map_err(|_| wrong(v))).transpose()
    }

    /// Proxies for steps, as they reach a frontend: as build arguments, in either case.
    #[must_use]
    pub fn proxy(&self) -> Option<ProxyEnv> {
        let arg = |name: &str| {
            let named = |case: &str| self.build_arg(case).map(str::to_owned);
            named(name).or_else(|| named(&name.to_lowercase())).unwrap_or_default()
        };
        let proxy = ProxyEnv {
            http_proxy: arg("HTTP_PROXY"),
            https_proxy: arg("HTTPS_PROXY"),
            ftp_proxy: arg("FTP_PROXY"),
            no_proxy: arg("NO_PROXY"),
            all_proxy: arg("ALL_PROXY"),
        };
        (proxy != ProxyEnv::default()).then_some(proxy)
    }
}

/// Yes or no as BuildKit reads it.
fn truth(said: &str) -> Option<bool> {
    match said {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn bad(key: &str, value: &str, expected: &'static str) -> BadOption {
    BadOption { key: key.to_owned(), value: value.to_owned(), expected }
}

/// Reads `os/architecture[/variant]`, with the usual other names of architectures.
fn platform(text: &str) -> Option<Platform> {
    let parts: Vec<&str> = text.split('/').collect();
    let (os, architecture, variant) = match parts[..] {
        [architecture] if architecture != "linux" => ("linux", architecture, ""),
        [os, architecture] => (os, architecture, ""),
        [os, architecture, variant] => (os, architecture, variant),
        _ => return None,
    };
    let (architecture, variant) = match (architecture.to_lowercase().as_str(), variant) {
        ("x86_64" | "x86-64" | "amd64", "" | "v1") => ("amd64", ""),
        ("x86_64" | "x86-64" | "amd64", v) => ("amd64", v),
        ("aarch64" | "arm64", "" | "v8" | "8") => ("arm64", ""),
        ("aarch64" | "arm64", v) => ("arm64", v),
        ("arm" | "armhf", "" | "7" | "v7") => ("arm", "v7"),
        ("arm", v) => ("arm", v),
        ("armel", _) => ("arm", "v6"),
        ("i386" | "386", _) => ("386", ""),
        (other @ ("ppc64le" | "s390x" | "riscv64" | "mips64le" | "loong64"), v) => return Some(known(os, other, v)),
        _ => return None,
    };
    Some(known(os, architecture, variant))
}

fn known(os: &str, architecture: &str, variant: &str) -> Platform {
    Platform { os: os.to_lowercase(), architecture: architecture.to_owned(), variant: variant.to_owned(), ..Platform::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Options {
        let env = pairs.iter().enumerate().map(|(i, (k, v))| (format!("BUILDKIT_FRONTEND_OPT_{i}"), format!("{k}={v}")));
        Options::from_env(env.chain([("BUILDKIT_SESSION_ID".to_owned(), "s1".to_owned())]))
    }

    #[test]
    fn values_are_split_at_the_first_equals_sign_only() {
        let read = options(&[("build-arg:X", "a=b=c"), ("filename", "x/distil.yaml")]);
        assert_eq!(read.build_arg("X"), Some("a=b=c"));
        assert_eq!((read.filename(), read.session_of("context")), ("x/distil.yaml", "s1"));
    }

    #[test]
    fn platforms_are_normalized() {
        let read = options(&[("platform", "linux/arm64/v8, linux/x86_64,linux/arm")]).platforms().expect("they are platforms");
        let texts: Vec<String> = read.iter().map(crate::emit::platform_name).collect();
        assert_eq!(texts, ["linux/arm64", "linux/amd64", "linux/arm/v7"]);
        let error = options(&[("platform", "linux/toaster")]).platforms().expect_err("it is none");
        assert!(error.to_string().contains("linux/toaster"), "{error}");
        let error = options(&[("platform", "linux/amd64,windows/amd64")]).platforms().expect_err("there are none of those");
        assert!(error.to_string().contains("`windows/amd64`, which is not a platform of Linux"), "{error}");
    }

    #[test]
    fn a_bill_of_materials_is_made_unless_another_generator_is_named() {
        let asks = |pair: (&str, &str)| options(&[pair]).asks_sbom();
        assert!(asks(("attest:sbom", "")) && asks(("build-arg:BUILDKIT_ATTEST_SBOM", "")));
        assert!(!asks(("attest:sbom", "generator=docker/scout-sbom-indexer")) && !asks(("attest:sbom", "disabled=true")));
        assert!(!asks(("attest:provenance", "mode=max")));
    }

    #[test]
    fn empty_no_cache_means_all() {
        assert_eq!(options(&[("no-cache", "")]).no_cache(), Some(vec![]));
        assert_eq!(options(&[("no-cache", "builder,runtime")]).no_cache().map(|n| n.len()), Some(2));
        assert_eq!(options(&[]).no_cache(), None);
    }

    #[test]
    fn caches_come_from_either_option() {
        let json = r#"[{"Type":"local","Attrs":{"src":"/c"}}]"#;
        let read = options(&[("cache-imports", json)]).cache_imports().expect("it is a list");
        assert_eq!((read[0].r#type.as_str(), read[0].attrs["src"].as_str()), ("local", "/c"));
        assert_eq!(options(&[("cache-from", "a,b")]).cache_imports().map(|c| c.len()).ok(), Some(2));
        assert!(options(&[("cache-imports", "{")]).cache_imports().is_err());
    }
}
