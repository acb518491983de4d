#!/usr/bin/env bash
# Times keyward beside other scanners on a folder, in one run, and prints ratios and findings.
#
#   tests/bench/peers.sh FOLDER [RUNS]
#
# Each tool that is on PATH takes part: ripgrep (one literal, as the floor), ripsecrets, gitleaks, betterleaks, trufflehog (without
# verification), kingfisher (without validation), detect-secrets, noseyparker. Runs alternate between the tools, so a slow moment of the
# machine hits all of them; the median of the wall time is printed. A tool's own count of findings is printed as it counts them.
set -euo pipefail

folder=${1:?usage: peers.sh FOLDER [RUNS]}
runs=${2:-5}
keyward=${KEYWARD:-keyward}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

names=() commands=() counters=()
add() { # name, command, counter of findings: a command that reads the output in $scratch/NAME.out
    if command -v "${2%% *}" >/dev/null; then
        names+=("$1") commands+=("$2") counters+=("$3")
    else
        echo "not installed: $1" >&2
    fi
}

count_lines='wc -l'
json_length='python3 -c "import json,sys; print(len(json.load(sys.stdin) or []))"'
add ripgrep "rg --hidden -c T3BlbkFJ $folder" "awk -F: '{n+=\$NF} END {print n+0}'"
add keyward "$keyward -f json --no-progress $folder" 'python3 -c "import json,sys; print(len(json.load(sys.stdin)[\"findings\"]))"'
add ripsecrets "ripsecrets $folder" "$count_lines"
add gitleaks "gitleaks dir $folder --no-banner -l error -f json -r -" "$json_length"
add betterleaks "betterleaks dir $folder --no-banner -l error -f json -r -" "$json_length"
add trufflehog "trufflehog filesystem $folder --no-verification --no-update --json" "$count_lines"
add kingfisher "kingfisher scan $folder --no-validate --no-update-check --git-history none --format jsonl" "grep -c rule || true"
add noseyparker "noseyparker scan --datastore $scratch/np.$RANDOM $folder" "$count_lines"
add detect-secrets "detect-secrets scan --all-files $folder" 'python3 -c "import json,sys; print(sum(map(len,json.load(sys.stdin)[\"results\"].values())))"'

now() { date +%s%N; }
for ((run = 0; run <= runs; run++)); do # the first one warms the cache and is not counted
    for at in "${!names[@]}"; do
        start=$(now)
        bash -c "${commands[at]}" >"$scratch/${names[at]}.out" 2>/dev/null || true
        ((run == 0)) || echo $((($(now) - start) / 1000)) >>"$scratch/${names[at]}.times"
    done
done

median() { sort -n "$scratch/$1.times" | awk '{t[NR]=$1} END {print t[int((NR+1)/2)]}'; }
base=$(median keyward)
printf '%-16s %12s %12s %10s\n' tool 'median ms' 'of keyward' findings
for at in "${!names[@]}"; do
    time=$(median "${names[at]}")
    found=$(bash -c "${counters[at]}" <"$scratch/${names[at]}.out" 2>/dev/null || echo '?')
    awk -v n="${names[at]}" -v t="$time" -v b="$base" -v f="$found" \
        'BEGIN {printf "%-16s %12.1f %11.2fx %10s\n", n, t / 1000, t / b, f}'
done
