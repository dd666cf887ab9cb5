//! Which package a step failed over, told by the number that it ends with: who started the build learns nothing else of a step that fails,
//! and can show the line of the lock. A number stands for many names, of which a lock seldom has two.

/// The numbers: none that shells give to what was killed, and none that installers end with.
const FIRST: u8 = 170;
const COUNT: u8 = 80;

/// The number for a package.
#[must_use]
pub fn code(package: &str) -> u8 {
    let name = package.split(['=', ' ', '@', '[', '<', '>', '!', '~', ';']).next().unwrap_or_default();
    let letters = name.bytes().map(|byte| if b"_.".contains(&byte) { b'-' } else { byte.to_ascii_lowercase() });
    // Fowler, Noll and Vo's hash, whose numbers are the same in every version of the program.
    let hash = letters.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    FIRST + u8::try_from(hash % u32::from(COUNT)).unwrap_or_default()
}

/// Whether a number is that of some package.
#[must_use]
pub fn is_one(code: u8) -> bool {
    (FIRST..FIRST + COUNT).contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_a_number_however_its_name_is_written() {
        assert_eq!(code("Typing_Extensions==4.1"), code("typing-extensions"));
        assert_eq!(code("zope.interface 7.0"), code("zope-interface"));
        let names = ["anyio", "click", "fastapi", "h11", "idna", "pydantic", "pydantic-core", "starlette", "uvicorn"];
        let codes: std::collections::BTreeSet<u8> = names.iter().map(|name| code(name)).collect();
        assert!(codes.iter().all(|code| is_one(*code)) && codes.len() > 7, "{codes:?}");
        assert!(![0, 1, 2, 74, 100, 101, 137, 139, 143, 255].into_iter().any(is_one));
    }
}
