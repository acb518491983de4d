//! What stands below the options in `--help` of each command: examples, and what its exit codes say.

pub(super) const SCAN: &str = "\
Examples:
  keyward                              scan the current folder
  keyward src .env.example             scan these paths
  keyward --staged                     scan what the next commit brings in
  keyward --diff main..HEAD            scan what these commits bring in
  keyward --history                    scan everything that git stores
  git diff | keyward --stdin           scan what is piped in
  keyward -f sarif -o keyward.sarif    write a report for code scanning
  keyward --report html=keyward.html   and a page for people who were not there
  keyward baseline create              accept what is there now, report what is new
  keyward --verify                     ask the providers which of the keys still work
  keyward doctor                       find out why a key is refused
  keyward explain openai-api-key       what a rule finds and what to do about it
  keyward hook install                 look through every commit before it is made

A path that is called like a command is written ./rules, or follows `keyward scan`.

Exit codes:
  0  nothing at or above --fail-on
  1  findings
  2  usage, configuration or reading error, or not everything could be read
  3  nothing was scanned";

pub(super) const MERGE: &str = "\
Examples:
  keyward merge shard-*.jsonl                          what the whole scan would have said
  keyward merge reports/*.jsonl -f sarif -o all.sarif  several repositories, one report
  cat reports/*.jsonl | keyward merge -                the same from a pipe

Reports come from `keyward -f jsonl`, with --shard I/N, --repo-id NAME or both.
Exit codes are those of a scan; a report that is missing, cut short or does not
belong with the others is exit code 2.";

pub(super) const VERIFY: &str = "\
Examples:
  keyward verify < key.txt                       whose key is this, is it whole, does it work?
  keyward verify --env OPENAI_API_KEY            the key that programs find in this shell
  pass show mistral | keyward verify --provider mistral
                                                 a key whose form does not name its provider
  keyward verify --env KEY --verify-url openai=https://gateway.example/v1

A key is never taken from an argument: arguments end up in histories and lists of
processes. What belongs to it, such as the id of an AWS pair or the endpoint of an Azure
resource, is taken from the usual variables. A value that cannot be a key is not sent.

Exit codes:
  0  the key is live
  1  it is dead, or no key as it stands
  2  it could not be told, or a usage error";

pub(super) const DOCTOR: &str = "\
Examples:
  keyward doctor                       why are the keys of this project refused?
  keyward doctor OPENAI_API_KEY        look at one variable
  keyward doctor --provider anthropic  look at the key of one provider
  keyward doctor --verify              ask the provider too: which of the values still works?
  keyward doctor KEY services/chat     look at the project in another folder
  keyward doctor --format json         for programs

It compares this shell, the `.env` files and the code, and shows no value. Nothing is sent
anywhere without --verify, and no file of the project decides where.

Exit codes:
  0  nothing fails
  1  something fails
  2  it could not look, could not tell, or a usage error";

pub(super) const FIX: &str = "\
Examples:
  keyward fix                          show what would be changed, as a patch
  keyward fix | git apply              apply it from the root of the repository
  keyward fix --write                  change the files
  keyward fix --unsafe                 show edits of code too
  keyward fix --only dotenv-not-ignored --write
                                       make the fixes of one check

A safe fix cannot change what a working program does: it adds a line to an ignore
file or a template, cleans a value, renames what nothing reads. Edits of code need
--unsafe. A change in whose lines a key stands is shown masked, behind `#`, and is
made by --write only. Fixing a key in a file does not make it secret again: revoke it.

Exit codes:
  0  nothing to change, or everything changed
  1  something to change (--diff), or something could not be changed (--write)
  2  usage, configuration or reading error, or not everything could be read
  3  nothing was scanned";

pub(super) const INVENTORY: &str = "\
Examples:
  keyward inventory                        every key of this repository, the most urgent first
  keyward inventory --verify               and ask the providers which of them work
  keyward inventory --no-history           of the files as they are now only
  keyward inventory -f csv -o keys.csv     a row for each key, for a spreadsheet
  keyward inventory -f markdown >> \"$GITHUB_STEP_SUMMARY\"
                                           a table and a plan for a job summary

Keys in environment files that git ignores are listed too: they are where they belong.
They are sent to nobody and count for no exit code. Suppressed keys are listed and marked.

Exit codes:
  0  no key at or above --fail-on, beside suppressed ones and those where they belong
  1  keys
  2  usage, configuration or reading error, or not everything could be read
  3  nothing was read";

pub(super) const IMPORT: &str = "\
Examples:
  keyward import gitleaks                    show what .gitleaks.toml and .gitleaksignore come to
  keyward import gitleaks --write            write it: keyward.toml and keyward.baseline
  keyward import gitleaks ci/gitleaks.toml   read a configuration at another place
  keyward import detect-secrets --write      take over .secrets.baseline

What has no counterpart is said on standard error, a sentence for each, with its line.
A keyward.toml that is there is replaced with --force only; to a baseline what is new is added.

Exit codes:
  0  everything was read, also what could not be taken over
  2  something could not be read, or a usage error";
