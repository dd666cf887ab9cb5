//! The command line as its user sees it: transcripts, the README's included.
//! `TRYCMD=overwrite cargo test` writes what is printed now into them.

#[test]
fn transcripts_are_true() {
    trycmd::TestCases::new()
        .case("tests/cli/*.md")
        .case("README.md")
        .register_bin("distil", trycmd::schema::Bin::Path(env!("CARGO_BIN_EXE_distil").into()));
}
