//! What command lines say, form by form.

use crate::lint::read::telling::{assert_told, facts_of, tell, tell_imports};

#[test]
fn variables_are_exported_and_used() {
    assert_told(
        "run.sh",
        &[
            (
                "export OPENAI_API_KEY=abc",
                &["define OPENAI_API_KEY at `OPENAI_API_KEY` in `OPENAI_API_KEY=abc` = `abc`"],
            ),
            (
                "export A='$x' B=\"b c\"",
                &["define A at `A` in `A='$x'` = `$x`", "define B at `B` in `B=\"b c\"` = `b c`"],
            ),
            ("A=1 node app.js", &["define A at `A` in `A=1` = `1`"]),
            ("A=1\nnode app.js", &[]),
            ("A=1\nexport A", &["define A at `A` in `A=1` = `1`"]),
            ("set -a\nA=1", &["define A at `A` in `A=1` = `1`"]),
            ("set -o allexport; A=1; set +o allexport; B=2", &["define A at `A` in `A=1` = `1`"]),
            ("declare -x A=1", &["define A at `A` in `A=1` = `1`"]),
            ("# export A=1\necho done # $B", &[]),
            (
                "export A=$(op read op://x) B=${C}",
                &[
                    "read C in `${C}` Interpolated Top",
                    "define A at `A` in `A=$(op read op://x)`",
                    "define B at `B` in `B=${C}` from C",
                ],
            ),
        ],
    );
    let uses = &[
        "read OPENAI_API_KEY in `${OPENAI_API_KEY:?set it}` Interpolated Top or fails",
        "read B in `${B:-none}` Interpolated Top or `none`",
        "read C in `$C` Interpolated Top",
    ];
    assert_told("run.sh", &[("echo ${OPENAI_API_KEY:?set it} ${B:-none} \"$C\" '$D' $HOME $1", uses)]);
    assert_eq!(tell("run.sh", "A=1\necho $A; for X in a; do echo $X; done; read -r Y; echo $Y"), Vec::<String>::new());
}

#[test]
fn env_files_are_loaded_by_scripts_and_runners() {
    assert_told(
        "run.sh",
        &[
            ("source .env", &["load `.env` shell Path Top overrides [\".env\"]"]),
            ("set -a\n. ./.env.local", &["load `./.env.local` shell Path Top fills overrides [\"./.env.local\"]"]),
            (
                "export $(grep -v '^#' .env | xargs)",
                &["load `$(grep -v '^#' .env | xargs)` shell Path Top fills [\".env\"]"],
            ),
            ("node --env-file=.env app.js", &["load `node --env-file=.env` node --env-file Path Top fills [\".env\"]"]),
            ("node -r dotenv/config app.js", &["load `node -r dotenv/config` dotenv Current Top fills"]),
            (
                "uv run --env-file .env main.py",
                &["load `uv run --env-file .env` uv run --env-file Path Top fills [\".env\"]"],
            ),
            ("uv run main.py", &[]),
            ("npx dotenv -e .env.dev -- next dev", &["load `dotenv -e .env.dev` dotenv Path Top fills [\".env.dev\"]"]),
            ("dotenvx run -- node a.js", &["load `dotenvx` dotenvx Current Top fills"]),
            ("doppler run -- npm start", &["load `doppler` doppler run Current Top fills computed"]),
            (
                "docker compose --env-file x.env up",
                &["load `docker compose --env-file x.env` docker compose Path Top [\"x.env\"]"],
            ),
            (
                "sudo docker run --env-file=.env img",
                &["load `docker run --env-file=.env` docker run --env-file Path Top fills [\".env\"]"],
            ),
            ("python -m dotenv run -- python a.py", &["load `dotenv` dotenv Current Top fills"]),
            ("env $(cat .env | xargs) node a.js", &[]),
        ],
    );
    assert_told(
        ".envrc",
        &[
            ("dotenv", &["load `dotenv` direnv Current Top fills"]),
            ("dotenv_if_exists .env.local", &["load `dotenv_if_exists` direnv Path Top fills [\".env.local\"]"]),
        ],
    );
    assert_eq!(tell_imports("run.sh", "source lib/env.sh; . $X/y.sh"), ["lib/env.sh [] Top `lib/env.sh`"]);
    let facts = facts_of("run.sh", b"cd x && node --env-file=.env app.js # go");
    assert_eq!(facts.loads[0].command.as_deref(), Some("node --env-file=.env app.js"));
}

#[test]
fn requests_carry_addresses_and_headers() {
    let text = "R=$(curl -s https://api.openai.com/v1/models \\\n  -H \"Authorization: Bearer $OPENAI_API_KEY\")";
    assert_told(
        "run.sh",
        &[
            (
                text,
                &[
                    "read OPENAI_API_KEY in `$OPENAI_API_KEY` Interpolated Top",
                    "endpoint openai Call `https://api.openai.com/v1/models`",
                    "header authorization `Bearer `+$OPENAI_API_KEY+`` to openai",
                ],
            ),
            ("curl -H 'Authorization: Bearer $K' x", &["header authorization `Bearer `+literal `$K`+``"]),
            (
                "curl --header=\"x-api-key:  ${K} \" x",
                &["read K in `${K}` Interpolated Top", "header x-api-key ` `+$K+` `"],
            ),
            ("curl -H \"Authorization: Bearer YOUR_KEY\"", &["header authorization `Bearer `+literal `YOUR_KEY`+``"]),
        ],
    );
}

#[test]
fn variables_reach_containers_files_and_deployments() {
    assert_told(
        "run.sh",
        &[
            (
                "docker run -e A -e B=$C -e 'D=e' --build-arg F=g img",
                &[
                    "read C in `$C` Interpolated Top",
                    "define A at `A` in `A` from A",
                    "define B at `B` in `B=$C` from C",
                    "define D at `D` in `'D=e'` = `e`",
                    "define F at `F` in `F=g` = `g`",
                ],
            ),
            ("echo \"A=$B\" >> .env", &["read B in `$B` Interpolated Top", "define A at `A` in `A=$B` from B"]),
            ("echo \"A=x\" | tee -a .env", &["define A at `A` in `A=x` = `x`"]),
            (
                "cat > .env <<EOF\nA=1\n# no\nB=\"two\"\nEOF\n",
                &["define A at `A` in `A=1` = `1`", "define B at `B` in `B=\"two\"` = `two`"],
            ),
            ("echo \"A=$B\" > out.txt", &["read B in `$B` Interpolated Top"]),
            (
                "gh secret set OPENAI_API_KEY",
                &["define OPENAI_API_KEY at `OPENAI_API_KEY` in `OPENAI_API_KEY` from OPENAI_API_KEY"],
            ),
            ("fly secrets set A=b", &["define A at `A` in `A=b` = `b`"]),
            ("bash -lc \"export A=1\"", &["define A at `A` in `A=1` = `1`"]),
        ],
    );
}

#[test]
fn hostile_scripts_end_soon_and_cut_no_character() {
    for part in [
        "$(",
        "`",
        "\"$(",
        "${",
        "export A=$(",
        "'",
        "\\",
        "cat > .env <<E\nA=1\n",
        "sh -c \"",
        "é$É",
        "A=1 ",
        "-e A=1 ",
    ] {
        tell("run.sh", &part.repeat(20_000));
    }
}
