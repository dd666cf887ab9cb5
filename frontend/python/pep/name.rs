//! Names of packages, extras and groups (PEP 503). By hand: it is two lines, and every library has it as part of something large.

/// Returns a name as every index spells it: small letters, and one dash for any run of `-`, `_` and `.`.
pub(crate) fn normalized(name: &str) -> String {
    let parts: Vec<_> = name.trim().split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn a_name_has_one_spelling() {
        assert_eq!(["My_Pkg..core", " zope.interface ", "-a-", "", "ÄB"].map(normalized), ["my-pkg-core", "zope-interface", "a", "", "äb"]);
    }
}
