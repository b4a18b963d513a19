# What zsh offers for the last word of a line, one a line.
#
#   zsh -f offers.zsh DIRECTORY LINE     DIRECTORY holds _assay
#
# A shell of its own, at a terminal of its own, completes the line. Its builtin that takes all offers is asked which of
# them match, and what it takes is left as it is.
zmodload zsh/zpty
directory=$1 line=$2
# below the work directory of the test, which removes it: a trap would be inherited by what zpty starts
scratch=$(mktemp -d) || exit 1
mkfifo $scratch/ready $scratch/ended
cat > $scratch/setup << END
PROMPT= RPROMPT= ZLE_RPROMPT_INDENT=0
unset HISTFILE
fpath=($directory \$fpath)
autoload -Uz compinit
compinit -u -C -d $directory/known
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
zstyle ':completion:*' list-suffixes false
LISTMAX=0
compadd() {
    if [[ \${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
        local -a offered
        builtin compadd -A offered "\$@"
        (( \$#offered == 0 )) || print -rl -- \$offered >> $scratch/offered
    fi
    builtin compadd "\$@"
}
ended() { print ended > $scratch/ended; }
comppostfuncs=(ended)
END
touch $scratch/offered
zpty shell zsh -f -i
zpty -w shell "source $scratch/setup; print ready > $scratch/ready"
read word < $scratch/ready || exit 1
# what the terminal shows is not looked at, but must be taken off it
zpty -w -n shell $line$'\t'
read word < $scratch/ended || exit 1
zpty -d shell
cat $scratch/offered
