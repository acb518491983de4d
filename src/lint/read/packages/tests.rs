//! What manifests of packages say.

use crate::lint::{
    FileFacts,
    facts::Shipper,
    read::telling::{assert_told, facts_of},
};

fn packages(path: &str, text: &str) -> String {
    let facts = facts_of(path, text.as_bytes());
    for package in &facts.packages {
        assert!(package.name.ends_with(&text[package.at.range()].to_lowercase()), "{package:?}");
    }
    facts.packages.iter().map(|package| &*package.name).collect::<Vec<_>>().join(" ")
}

fn runs(facts: &FileFacts) -> Vec<(&str, &str)> {
    facts.runs.iter().map(|run| (&*run.name, &*run.command)).collect()
}

#[test]
fn every_manifest_names_its_packages() {
    for (path, text, expected) in [
        (
            "package.json",
            "{\"dependencies\": {\"openai\": \"^4\"}, \"devDependencies\": {\"@Scope/x\": \"1\"}}",
            "openai @scope/x",
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\"OpenAI>=1\", 'python-dotenv']\n[dependency-groups]\ndev = ['pytest', {include-group = 'x'}]\n[tool.poetry.dependencies]\nhttpx = '*'\n",
            "openai python-dotenv pytest httpx",
        ),
        (
            "requirements-dev.txt",
            "# x\nopenai==1.2 ; python_version > '3'\n-r other.txt\npython-dotenv[cli]\nhttps://x.y/z\n",
            "openai python-dotenv https",
        ),
        (
            "setup.py",
            "setup(install_requires=['openai>=1', \"httpx\"], extras_require={'dev': ['pytest']})",
            "openai httpx pytest",
        ),
        ("setup.cfg", "[options]\ninstall_requires =\n    openai>=1\n    httpx\npackages = find:\n", "openai httpx"),
        ("Pipfile", "[packages]\nopenai = '*'\n[dev-packages]\npytest = '*'\n", "openai pytest"),
        (
            "Gemfile",
            "source 'x'\n# gem 'no'\ngem 'ruby-openai', '~> 6'\n  gem \"dotenv-rails\"\n",
            "ruby-openai dotenv-rails",
        ),
        (
            "go.mod",
            "module x.y/z\nrequire github.com/joho/godotenv v1\nrequire (\n\tgithub.com/openai/openai-go v1 // indirect\n)\n",
            "github.com/joho/godotenv github.com/openai/openai-go",
        ),
        (
            "Cargo.toml",
            "[dependencies]\nasync-openai = '1'\n[target.'cfg(unix)'.dependencies]\nlibc = '1'\n[workspace.dependencies]\ndotenvy = '1'\n",
            "libc async-openai dotenvy",
        ),
        ("composer.json", "{\"require\": {\"openai-php/client\": \"1\"}}", "openai-php/client"),
        (
            "pom.xml",
            "<dependency>\n  <groupId>com.openai</groupId>\n  <artifactId>openai-java</artifactId>\n</dependency>",
            "com.openai:openai-java",
        ),
        (
            "build.gradle.kts",
            "implementation(\"com.openai:openai-java:1.0\")\n// implementation(\"a:b:c\")\n  api 'x:y:1'\n",
            "com.openai:openai-java x:y",
        ),
        ("src/App.csproj", "<ItemGroup><PackageReference Include=\"OpenAI\" Version=\"2\" /></ItemGroup>", "openai"),
        (
            "mix.exs",
            "defp deps do\n  [{:openai_ex, \"~> 0.5\"},\n   # {:no, \"1\"}\n   {:dotenvy, \"1\"}]\nend",
            "openai_ex dotenvy",
        ),
        ("pubspec.yaml", "dependencies:\n  flutter_dotenv: ^5\n", "flutter_dotenv"),
    ] {
        assert_eq!(packages(path, text), expected, "{path}");
    }
    let deno = facts_of(
        "deno.json",
        b"{\"imports\": {\"a\": \"npm:@ai-sdk/openai@^1\", \"b\": \"jsr:@std/dotenv@1/load\", \"c\": \"./c.ts\"}}",
    );
    assert_eq!(
        deno.packages.iter().map(|package| &*package.name).collect::<Vec<_>>(),
        ["@ai-sdk/openai", "@std/dotenv", "c"]
    );
}

#[test]
fn scripts_run_and_load() {
    let text = "{\"scripts\": {\"dev\": \"A=1 node --env-file=.env app.js\", \"q\": \"sh -c \\\"export B=\\\\\\\"2\\\\\\\"\\\"\"}}";
    assert_told(
        "package.json",
        &[(
            text,
            &[
                "define A at `A` in `A=1` = `1`",
                "define B at `B` in `B=\\\\\\\"2\\\\\\` = `2`",
                "load `node --env-file=.env` node --env-file Path Top fills [\".env\"]",
            ],
        )],
    );
    assert_eq!(runs(&facts_of("package.json", text.as_bytes()))[0], ("dev", "A=1 node --env-file=.env app.js"));
    let python = "[tool.pdm.scripts]\n_.env_file = '.env'\nrun = {cmd = 'python x.py', env_file = '.env.dev'}\n[tool.poe.tasks]\nt = 'pytest'\n";
    let facts = facts_of("pyproject.toml", python.as_bytes());
    assert_eq!(runs(&facts), [("run", "python x.py"), ("t", "pytest")]);
    let files: Vec<&str> = facts.loads.iter().flat_map(|load| &load.files).map(String::as_str).collect();
    assert_eq!(files, [".env", ".env.dev"]);
}

#[test]
fn what_a_package_takes_along_is_told() {
    let shipped = |path: &str, text: &str| {
        let facts = facts_of(path, text.as_bytes());
        facts.shipments.iter().map(|it| (it.by, it.sources.join(" "))).collect::<Vec<_>>()
    };
    assert_eq!(shipped("package.json", "{\"name\": \"x\", \"version\": \"1\"}"), [(Shipper::Npm, ".".to_owned())]);
    assert_eq!(
        shipped("package.json", "{\"name\": \"x\", \"version\": \"1\", \"files\": [\"dist\", \"lib\"]}"),
        [(Shipper::Npm, "dist lib".to_owned())]
    );
    assert_eq!(shipped("package.json", "{\"name\": \"x\", \"version\": \"1\", \"private\": true}"), []);
    assert_eq!(
        shipped("Cargo.toml", "[package]\ninclude = ['src', '.env']\n"),
        [(Shipper::Crate, "src .env".to_owned())]
    );
    assert_eq!(
        shipped("MANIFEST.in", "include .env\nrecursive-include data *.json\n"),
        [(Shipper::Wheel, ".env".to_owned()), (Shipper::Wheel, "data/**/*.json".to_owned())]
    );
    assert_eq!(
        shipped("pyproject.toml", "[tool.setuptools.package-data]\nx = ['*.env']\n"),
        [(Shipper::Wheel, "*.env".to_owned())]
    );
}

#[test]
fn hostile_manifests_end_soon() {
    for (path, part) in [
        ("package.json", "{\"a\":"),
        ("requirements.txt", "a["),
        ("pom.xml", "<artifactId>"),
        ("mix.exs", "{:a,"),
        ("setup.py", "install_requires=['"),
        ("Gemfile", "gem '"),
        ("pyproject.toml", "[a.b]\n"),
        ("pubspec.yaml", "- "),
    ] {
        facts_of(path, part.repeat(20_000).as_bytes());
    }
}
