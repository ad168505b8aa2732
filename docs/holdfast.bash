# bash completion of holdfast
_holdfast()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]} words=
    case $before in
    --tier) words='auto interp jit' ;;
    --interp) words='default threaded switch threaded-plain switch-plain' ;;
    --profile) words='none perfmap jitdump gdb' ;;
    --for) words='guest tables' ;;
    --enable) words='threads legacy-exceptions custom-page-sizes wide-arithmetic branch-hints all' ;;
    --dir|--dir-ro) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    esac
    if [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word"); return; fi
    case $verb in
    run) words='--help --dir --dir-ro --env --inherit-env --argv0 --invoke --preload --listen --tcp --tcp-listen --udp --lookup --allow-net --config --bucket --trap-unknown-imports --trace-calls --fuel --timeout --max-memory --max-table-elements --max-instances --max-gc --max-host --max-call --max-stack --max-nesting --tier --interp --enable --deterministic --no-signals --no-reservation --no-spectre-masks --lazy-validation --eager --profile --gc-interval' ;;
    wast) words='--help --tier --interp --enable --deterministic --no-signals --no-reservation --no-spectre-masks --eager --gc-interval --expect-counts --known-failures --counts --quiet' ;;
    wat) words='--help --enable --output --no-names --folded --offsets --skeleton' ;;
    validate) words='--help --enable' ;;
    objdump) words='--help --enable --deterministic --no-signals --function --native' ;;
    inspect) words='--help --enable' ;;
    wit) words='--help --output --check --binary --deps --world --feature --all-features' ;;
    bindgen) words='--help --output --for --world --feature --all-features' ;;
    help) words='--help --man --completion' ;;
    esac
    if (( COMP_CWORD == 1 )); then
        words='run wast wat validate objdump inspect wit bindgen help --help --version'
    elif [[ $verb == help ]]; then
        words+=' run wast wat validate objdump inspect wit bindgen help'
    elif [[ $word != -* ]]; then
        words=
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    if [[ $word != -* && $verb != help ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _holdfast holdfast
