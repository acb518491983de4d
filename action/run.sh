#!/usr/bin/env bash
# What the Action does, in three steps: `install` gets keyward, `scan` runs it, `judge` ends the job as `fail-on` asks, after the report has been
# sent to code scanning.
#
# Everything comes from the environment, nothing from the text of a script, and words are never split. What pull requests bring, file names above
# all, may look like a command to the runner: it reads one from any line of the log. So what keyward prints for people is shown while commands
# are off, and only its annotations, which it escapes, while they are on. Works with the bash 3.2 of macOS.
set -euo pipefail

# Nothing is asked of a person, fetched behind our back, or shown in place of what it is.
export GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1

# say error|warning|notice TEXT: an annotation of the job.
say() {
    local text=$2
    text=${text//'%'/%25}
    text=${text//$'\r'/%0D}
    text=${text//$'\n'/%0A}
    printf '::%s title=keyward::%s\n' "$1" "$text"
}

# output NAME VALUE; no value of ours has more than one line.
output() {
    printf '%s=%s\n' "$1" "${2//[$'\r\n']/}" >>"$GITHUB_OUTPUT"
}

# A new folder that the runner empties after the job.
new_folder() {
    mktemp -d "${RUNNER_TEMP:?}/keyward.XXXXXX"
}

# --- install ---------------------------------------------------------------------------------------------------------------------------

# give_up TEXT: there is no keyward to run.
give_up() {
    say error "$1"
    exit 1
}

program_name() {
    if [ "${RUNNER_OS:-}" = Windows ]; then echo keyward.exe; else echo keyward; fi
}

# The target that releases are built for on this runner.
target() {
    local os arch
    case "${RUNNER_ARCH:-}" in
    X64) arch=x86_64 ;;
    ARM64) arch=aarch64 ;;
    *) arch="${RUNNER_ARCH:-unknown}" ;;
    esac
    case "${RUNNER_OS:-}" in
    Linux) os=unknown-linux-musl ;;
    macOS) os=apple-darwin ;;
    Windows) os=pc-windows-msvc ;;
    *) os="${RUNNER_OS:-unknown}" ;;
    esac
    echo "$arch-$os"
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum -- "$1"; else shasum -a 256 -- "$1"; fi | cut -d ' ' -f 1
}

# Sets `program` to a release of which action/checksums.txt knows the SHA-256.
install_release() {
    local version=${INPUT_VERSION#v} target known='' sum='' url='' folder actual
    local listed_sum listed_version listed_target listed_url
    target=$(target)
    while read -r listed_sum listed_version listed_target listed_url; do
        case "$listed_sum" in '' | '#'*) continue ;; esac
        case " $known " in *" $listed_version "*) ;; *) known="$known $listed_version" ;; esac
        if [ "$listed_version" = "$version" ] && [ "$listed_target" = "$target" ]; then
            sum=$listed_sum url=$listed_url
        fi
    done <"$GITHUB_ACTION_PATH/action/checksums.txt"
    if [ -z "$sum" ]; then
        give_up "this Action knows no checksum of keyward \`$version\` for $target, and runs no download that it cannot check. Releases it knows:${known:- none}. Use one of them, a newer version of the Action, \`version: source\` to build it with Rust, or \`version: system\` for one that is installed"
    fi
    folder=$(new_folder)
    cd -- "$folder"
    curl --fail --silent --show-error --location --proto '=http,https' --retry 3 --max-time 300 --output archive.tar.gz -- "$url" ||
        give_up "keyward $version could not be downloaded from $url"
    actual=$(sha256 archive.tar.gz)
    if [ "$actual" != "$sum" ]; then
        rm -f archive.tar.gz
        give_up "what came from $url is not keyward $version: its SHA-256 is $actual and should be $sum. It was not run"
    fi
    tar -xzf archive.tar.gz "$(program_name)" || give_up "the archive of keyward $version holds no $(program_name)"
    program="$folder/$(program_name)"
}

# Sets `program` to what the checkout of this Action builds.
install_source() {
    local folder
    command -v cargo >/dev/null || give_up "\`version: source\` builds keyward with Rust, and there is no cargo on PATH: set Rust up in a step before, or choose another \`version\`"
    folder=$(new_folder)
    # Cargo takes settings from the folder it runs in, programs to run among them; those of the scanned repository must not count.
    cd -- "$GITHUB_ACTION_PATH"
    echo '::group::cargo build'
    env -u CARGO_BUILD_TARGET cargo build --release --locked --bin keyward --target-dir "$folder" ||
        give_up "keyward could not be built; it needs the version of Rust that its Cargo.toml names. The log says more"
    echo '::endgroup::'
    program="$folder/release/$(program_name)"
}

install() {
    local program
    case "${INPUT_VERSION:-}" in
    system)
        program=$(command -v keyward) ||
            give_up "\`version: system\` takes the keyward on PATH, and there is none: install it in a step before, or choose another \`version\`"
        ;;
    source) install_source ;;
    '' | *[!0-9A-Za-z.+-]*)
        give_up "\`version\` is a release such as \`0.1.0\`, \`source\` or \`system\`, and not \`${INPUT_VERSION:-}\`"
        ;;
    *) install_release ;;
    esac
    "$program" --version || give_up "keyward does not run on this machine"
    output program "$program"
}

# --- scan ------------------------------------------------------------------------------------------------------------------------------

# refuse TEXT: ends the step so that `judge` fails the job; nothing was read.
refuse() {
    say error "$1"
    output exit-code 2
    exit 0
}

# one_of NAME VALUE WORD…: refuses a value that is none of the words.
one_of() {
    local name=$1 value=$2 word
    shift 2
    for word in "$@"; do
        if [ "$value" = "$word" ]; then return; fi
    done
    refuse "\`$name\` is one of: $*; and not \`$value\`"
}

# git in the checkout, whoever owns it: in containers that is somebody else. Files that look like a repository are not one.
checkout() {
    git -c 'safe.directory=*' -c safe.bareRepository=explicit "$@"
}

has_commit() {
    case "$1" in '' | *[!0-9a-f]*) return 1 ;; esac
    checkout cat-file -e "$1^{commit}" 2>/dev/null
}

is_shallow() {
    [ "$(checkout rev-parse --is-shallow-repository)" = true ]
}

# Whether commits of a range lie at the edge of a shallow clone, where what they changed cannot be told.
is_cut_off() {
    is_shallow || return 1
    checkout rev-list "$1" | grep -xFf "$(checkout rev-parse --git-path shallow)" >/dev/null
}

# shellcheck disable=SC2016 # The backticks are Markdown.
DEPTH='Give actions/checkout the line `fetch-depth: 0` under `with:`'

# Whether the event is about a change that somebody proposes, alone or in a merge queue.
is_proposal() {
    [ -n "$PULL_REQUEST_HEAD$QUEUE_BASE" ]
}

# Refuses what needs git where there is none, or no commit.
expect_checkout() {
    command -v git >/dev/null || refuse "git is not installed here, and it has to be asked which commits this change is made of"
    head=$(checkout rev-parse --verify --quiet 'HEAD^{commit}') ||
        refuse "there is no git repository with a commit in $PWD: let actions/checkout run before keyward"
}

# Sets `base` to the commit that the pull request was made against. The event's own may be older than what GitHub merged the pull request into,
# and what came to the branch in between is none of the pull request's doing. Only of GitHub's own merge is the first parent believed to be
# the base: who opens the pull request can make a merge of something else.
find_base_of_pull_request() {
    local line parents=() merged
    while IFS= read -r line && [ -n "$line" ]; do
        case "$line" in 'parent '*) parents+=("${line#parent }") ;; esac
    done < <(checkout cat-file commit HEAD)
    merged=${parents[1]:-}
    if [ "$head" = "${GITHUB_SHA:-}" ] && [ "$merged" = "$PULL_REQUEST_HEAD" ]; then
        base=${parents[0]}
    elif [ "$head" = "$PULL_REQUEST_HEAD" ] ||
        { has_commit "$PULL_REQUEST_HEAD" && checkout merge-base --is-ancestor "$PULL_REQUEST_HEAD" HEAD; }; then
        base=$PULL_REQUEST_BASE
    else
        refuse "what is checked out, $head, is not the pull request, whose head is $PULL_REQUEST_HEAD. Run on \`pull_request\` and leave \`ref:\` out of actions/checkout"
    fi
}

# Sets `base` for a push: what the branch was before, or else what the default branch is. Stays empty when there is neither.
find_base_of_push() {
    local usual="refs/remotes/origin/$DEFAULT_BRANCH"
    if has_commit "$PUSHED_OVER"; then
        base=$PUSHED_OVER
        return
    fi
    if [ -n "$DEFAULT_BRANCH" ] && [ "${GITHUB_REF:-}" != "refs/heads/$DEFAULT_BRANCH" ]; then
        base=$(checkout rev-parse --verify --quiet "$usual^{commit}") || base=''
    fi
    if [ -n "$base" ]; then
        say notice "what was there before this push is not known or gone; what it adds to \`$DEFAULT_BRANCH\` is read"
    elif is_shallow; then
        refuse "this checkout is shallow, so what the push brings in cannot be told. $DEPTH"
    fi
}

# Sets `base`, and falls back to the tree where the event has none.
find_base() {
    base=''
    if [ -n "$PULL_REQUEST_HEAD" ]; then
        find_base_of_pull_request
    elif [ -n "$QUEUE_BASE" ]; then
        base=$QUEUE_BASE
    elif [ "$mode" = diff ] && [ -n "$PUSHED_OVER" ]; then
        find_base_of_push
    fi
    if [ -n "$base" ] && ! has_commit "$base"; then
        refuse "the base of this change, $base, is not in the checkout. $DEPTH"
    fi
    if [ "$mode" = diff ] && [ -z "$base" ]; then
        say notice "\`${GITHUB_EVENT_NAME:-this event}\` has nothing to compare with, so the whole tree is read in place of a range; \`mode: history\` reads every commit"
        mode=tree
    fi
}

# Adds the policy of the base, which a pull request cannot change, and the range.
add_base() {
    expect_checkout
    find_base
    if is_proposal && [ "$INPUT_POLICY_FROM" = base ]; then
        arguments+=("--config-from=$base")
    fi
    if [ "$mode" != diff ]; then return; fi
    if is_cut_off "$base..$head"; then
        refuse "this checkout is shallow and lacks commits between $base and $head, so what they bring in cannot be told. $DEPTH"
    fi
    if [ "$(checkout rev-list --count "$base..$head")" = 0 ]; then
        say notice "there is no commit between $base and $head, so nothing was read"
        output findings 0
        output exit-code 0
        exit 0
    fi
    arguments+=("--diff=$base..$head")
}

add_verification() {
    case "$INPUT_VERIFY" in
    false) return ;;
    true) set -- --verify ;;
    '' | *[!a-z0-9,-]*) refuse "\`verify\` is true, false or names of providers with commas, and not \`$INPUT_VERIFY\`" ;;
    *) set -- "--verify=$INPUT_VERIFY" ;;
    esac
    # Whoever opens a pull request from a fork decides what it holds; no provider is asked on a stranger's behalf.
    if [ -n "$PULL_REQUEST_HEAD" ] && [ "$PULL_REQUEST_FROM" != "${GITHUB_REPOSITORY:-}" ]; then
        say notice "this pull request comes from a fork: keys are not verified"
        return
    fi
    arguments+=("$1")
}

add_paths() {
    local path
    arguments+=(--)
    while IFS= read -r path || [ -n "$path" ]; do
        path=${path%$'\r'}
        case "$path" in
        '') ;;
        -*) refuse "\`paths\` holds files and folders, and \`$path\` looks like an option; a file of that name is written \`./$path\`" ;;
        *) arguments+=("$path") ;;
        esac
    done <<<"$INPUT_PATHS"
}

check_inputs() {
    one_of mode "$INPUT_MODE" tree diff history
    one_of policy-from "$INPUT_POLICY_FROM" base head
    if [ -n "$INPUT_FAIL_ON" ]; then one_of fail-on "$INPUT_FAIL_ON" error warning note never; fi
    one_of upload-sarif "$INPUT_UPLOAD_SARIF" true false
    one_of annotations "$INPUT_ANNOTATIONS" true false
    one_of summary "$INPUT_SUMMARY" true false
    case "$INPUT_CATEGORY" in '' | *[!0-9A-Za-z._:/-]*) refuse "\`category\` is made of letters, digits and \`. _ : / -\`" ;; esac
    if [ "$INPUT_UPLOAD_SARIF$INPUT_MODE" = truediff ]; then
        refuse "code scanning takes a report for all there is, and would close the alerts outside a range: upload in \`mode: tree\`, and look at the range in a step of its own"
    fi
}

# Runs keyward and sets `code`. Both streams go one way, or the runner could see them in another order than commands go off and on. Settings
# of the machine's own are no part of the workflow: whether providers are asked is what `verify` says.
run_keyward() {
    local token
    token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '::stop-commands::%s\n' "$token"
    code=0
    XDG_CONFIG_HOME="$folder/settings" "$INPUT_PROGRAM" scan "${arguments[@]}" 2>&1 || code=$?
    printf '\n::%s::\n' "$token"
}

# Prints the number of findings of a jsonl report: its last record counts them. A quotation mark inside a string is escaped there, so
# nothing that files are called is mistaken for it.
count_findings() {
    local last counts='"summary":\{"error":([0-9]+),"warning":([0-9]+),"note":([0-9]+),'
    last=$(tail -n 1 "$1")
    [[ $last =~ $counts ]] || return 1
    echo "$((BASH_REMATCH[1] + BASH_REMATCH[2] + BASH_REMATCH[3]))"
}

# Whether all that is wrong with the run of a jsonl report is that the SARIF report has no room for every result. What counts as read stands
# in the last record too.
is_only_cut() {
    local last
    last=$(tail -n 1 "$1")
    [[ $last == *'"complete":true'* && $last == *'"code":"results-left-out"'* ]]
}

# Appends a report to the page of the job. GitHub takes 1 MiB of it or nothing; the format ends before that and says what is missing.
add_summary() {
    cat -- "$1" >>"$GITHUB_STEP_SUMMARY"
}

# Says what the exit code means where the report does not, and what can be done.
explain() {
    case "$code" in
    0 | 1) ;;
    2)
        if [ ! -s "$folder/report.jsonl" ]; then
            say error "keyward could not start; its message in the log says why"
        elif [ "$is_cut" = true ]; then
            say error "there are more findings than code scanning takes: the SARIF report holds the worst, and code scanning takes the rest for fixed. The other reports have all of them; see to the worst first, or scan parts under categories of their own"
        elif [ "$mode" = history ] && is_shallow; then
            say error "this checkout is shallow: most of the history is not here and was not read. $DEPTH"
        else
            say error "not everything could be read; the report names what was left out and why"
        fi
        ;;
    3) say error "nothing was read: let actions/checkout run before keyward, and look at \`paths\` and at \`exclude\` in keyward.toml" ;;
    *) say error "keyward ended with the unexpected code $code" ;;
    esac
}

publish() {
    local is_cut=false
    if [ "$code" = 2 ] && [ -s "$folder/keyward.sarif" ] && is_only_cut "$folder/report.jsonl"; then is_cut=true; fi
    if [ "$INPUT_ANNOTATIONS" = true ] && [ -s "$folder/annotations" ]; then cat "$folder/annotations"; fi
    if [ "$INPUT_SUMMARY" = true ] && [ -s "$folder/summary.md" ]; then add_summary "$folder/summary.md"; fi
    if [ -s "$folder/report.jsonl" ]; then output findings "$(count_findings "$folder/report.jsonl")"; fi
    if [ -s "$folder/keyward.sarif" ]; then output sarif-file "$folder/keyward.sarif"; fi
    output exit-code "$code"
    explain
    if [ "$INPUT_UPLOAD_SARIF" != true ]; then return; fi
    case "$code:$is_cut" in
    # The worst of it are alerts of more use than none.
    0:* | 1:* | 2:true)
        output category "$category"
        output upload true
        ;;
    *) say warning "the report was not sent to code scanning, which would take what it lacks for fixed" ;;
    esac
}

scan() {
    local mode folder code base head category=$INPUT_CATEGORY arguments=()
    check_inputs
    mode=$INPUT_MODE
    if [ "$mode" = history ]; then category=${category%-history}-history; fi
    if [ "$mode" = diff ] || { is_proposal && [ "$INPUT_POLICY_FROM" = base ]; }; then add_base; fi
    folder=$(new_folder)
    arguments+=(--format=terminal --no-progress "--sarif-category=$category")
    arguments+=("--report=jsonl=$folder/report.jsonl" "--report=sarif=$folder/keyward.sarif")
    if [ "$mode" = history ]; then arguments+=(--history); fi
    if [ "$INPUT_ANNOTATIONS" = true ]; then arguments+=("--report=github=$folder/annotations"); fi
    if [ "$INPUT_SUMMARY" = true ]; then arguments+=("--report=markdown=$folder/summary.md"); fi
    if [ -n "$INPUT_FAIL_ON" ]; then arguments+=("--fail-on=$INPUT_FAIL_ON"); fi
    if [ -n "$INPUT_BASELINE" ]; then arguments+=("--baseline=$INPUT_BASELINE"); fi
    add_verification
    add_paths
    run_keyward
    publish
}

# --- judge -----------------------------------------------------------------------------------------------------------------------------

judge() {
    case "${EXIT_CODE:-}" in
    '' | *[!0-9]*) give_up 'the scan did not come to an end' ;;
    *) exit "$EXIT_CODE" ;;
    esac
}

case "${1:-}" in
install | scan | judge) "$1" ;;
*) give_up 'called with an unknown step' ;;
esac
