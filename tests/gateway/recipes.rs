//! Recipes of the user's: where they may be, that what may change is refused, and that their mistakes show their lines.

use super::build::Build;
use super::folder::folder;

const COMMIT: &str = "4f5c2a1b9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a";
const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const RECIPE: &str =
    "extends: python/uv\nphases:\n  environment.system:\n    after:\n      - { name: Mark it, write: /etc/marked, text: x }\n";

fn asking(recipe: &str) -> Build {
    Build::new().spec(&format!("command: [x]\nrecipe: {recipe}\n"))
}

#[track_caller]
fn is_used(build: Build) {
    let outcome = build.run();
    outcome.result();
    let names: Vec<String> = outcome.graph().names().into_iter().map(str::to_owned).collect();
    assert!(names.iter().any(|n| n.ends_with("Mark it")), "{names:?}");
}

#[test]
fn a_recipe_may_be_a_file_of_the_project() {
    is_used(asking("ops/recipe.yaml").file("ops/recipe.yaml", RECIPE));
    let chain = asking("ops/top.yaml").file("ops/top.yaml", "extends: recipe.yaml\n").file("ops/recipe.yaml", RECIPE);
    is_used(chain);
}

#[test]
fn a_recipe_may_be_in_a_named_context() {
    let build = asking("context://platform/recipe.yaml").local("platform", &[("recipe.yaml", RECIPE)]);
    is_used(build.opt("context:platform", "local:platform"));
    asking("context://platform/recipe.yaml")
        .run()
        .says(&["needs a context `platform` [missing-context]", "--build-context platform=FOLDER"]);
}

#[test]
fn a_recipe_may_be_in_a_repository_at_a_commit() {
    let address = format!("https://example.org/recipes.git#{COMMIT}:py/recipe.yaml");
    let files = folder(&[("py/recipe.yaml", RECIPE)]);
    is_used(asking(&address).fetched(&format!("git://example.org/recipes.git#{COMMIT}"), files));
    asking("https://example.org/recipes.git#main:recipe.yaml").run().says(&["read at `main`, which may change", "pin it by commit"]);
    asking("https://example.org/recipes.git").run().says(&["[moving-recipe]"]);
    asking("https://example.org/recipes.git").run().says(&["the default branch", "pin it by commit"]);
}

#[test]
fn a_recipe_may_be_in_an_image_at_a_digest() {
    let image = format!("docker-image://example.org/recipes@{DIGEST}");
    is_used(asking(&format!("\"{image}#py/recipe.yaml\"")).fetched(&image, folder(&[("py/recipe.yaml", RECIPE)])));
    asking("\"docker-image://example.org/recipes:1#recipe.yaml\"").run().says(&["may change [moving-recipe]", "pin it by digest"]);
}

#[test]
fn an_address_that_no_recipe_can_be_at_is_named() {
    for (address, said) in [
        ("context://platform", "names no file of the context"),
        ("\"docker-image://example.org/recipes:1\"", "#FILE"),
        ("ftp://example.org/recipe.yaml", "is not a git repository"),
    ] {
        asking(address).run().says(&[said, "[bad-recipe-address]"]);
    }
    let build = asking("context://platform/recipe.yaml").opt("context:platform", "https://example.org/recipes.tar.gz");
    build.run().says(&["a recipe can be in a folder, a git repository or an image [bad-context]"]);
}

#[test]
fn a_recipe_that_is_not_there_is_named() {
    asking("ops/recipe.yaml").run().says(&["distil.yaml:2:9", "there is no recipe `ops/recipe.yaml`", "python/uv"]);
}

#[test]
fn a_mistake_in_a_recipe_shows_its_line() {
    let outcome = asking("recipe.yaml").file("recipe.yaml", "extends: python/uv\nphases:\n  environment.sistem: { drop: true }\n").run();
    outcome.says(&["recipe.yaml:3:3", "no phase `environment.sistem`", "did you mean `environment.system`?"]);
}
