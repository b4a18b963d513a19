"""The table of run.sh: medians of what was measured, ratios, and the goals.

  table.py MEASURES FACTS MACHINE DIRECTORY "W1 W2 ..."

Lines of MEASURES, parted by tabs: workload, who, round (a number, or `memory`), CPU and wall clock time in microseconds,
the largest process and all together in KiB, whether it finished. Of FACTS: workload, name, number. Of MACHINE: name,
text. Writes results.json and RESULTS.md into DIRECTORY, and the table to standard output.
"""

import collections
import json
import math
import os
import statistics
import sys

COLUMNS = 80
ENDED = 'ended'


class Run:
    """What one contestant took: medians in seconds, MiB; None where it was ended."""

    def __init__(self, rounds, memory):
        self.finished = all(line[-1] == '1' for line in rounds + memory)
        times = rounds if self.finished else []
        self.rounds = len(times)
        self.cpu = statistics.median(int(line[3]) / 1e6 for line in times) if times else None
        self.wall = statistics.median(int(line[4]) / 1e6 for line in times) if times else None
        self.largest = max(int(line[5]) / 1024 for line in rounds) if times else None
        self.memory = max(int(line[6]) / 1024 for line in memory) if memory and self.finished else None

    def describe(self):
        return {'finished': self.finished, 'rounds': self.rounds, 'cpu_s': self.cpu, 'wall_s': self.wall,
                'memory_mib': self.memory, 'largest_process_mib': self.largest}


def read(path):
    with open(path) as lines:
        return [line.rstrip('\n').split('\t') for line in lines]


def load(path):
    """workload -> who -> Run"""
    parts = collections.defaultdict(lambda: collections.defaultdict(lambda: ([], [])))
    for line in read(path):
        parts[line[0]][line[1]][line[2] == 'memory'].append(line)
    return {work: {who: Run(*lines) for who, lines in whos.items()} for work, whos in parts.items()}


def over(ours, theirs, field='cpu', times=1.0):
    """@ours' time as a part of @theirs, which is multiplied first."""
    def value(runs, facts):
        a, b = getattr(runs[ours], field), [getattr(runs[who], 'wall' if field == 'wall' else 'cpu')
                                            for who in theirs.split('+')]
        return ENDED if a is None or None in b else a / (sum(b) * times)
    return value


def wall_over_cpu(ours, theirs, times):
    def value(runs, facts):
        a, b = runs[ours].wall, runs[theirs].cpu
        return ENDED if a is None or b is None else a / (b * times)
    return value


def memory(ours):
    def value(runs, facts):
        return ENDED if runs[ours].memory is None else runs[ours].memory
    return value


def each(ours, fact):
    """Microseconds of CPU for each of so many."""
    def value(runs, facts):
        return ENDED if runs[ours].cpu is None else runs[ours].cpu * 1e6 / facts[fact]
    return value


def growth(few, many, fact_few, fact_many):
    """The power of the number that the time grows with: 1 is linear."""
    def value(runs, facts):
        a, b = runs[few].cpu, runs[many].cpu
        return ENDED if a is None or b is None else math.log(b / a) / math.log(facts[fact_many] / facts[fact_few])
    return value


# workload, what, how it is found, unit, at most or at least, goal
ROWS = [
    ('W1', 'compare of two trees: CPU, in O', over('assay', 'openssl'), '', '<=', 1.5),
    ('W1', 'the same with --digests sections, in O', over('assay-sections', 'openssl'), '', '<=', 1.2),
    ('W1', 'the floor: read, compare, digest twice, in O', over('floor', 'openssl'), '', None, None),
    ('W1', 'the floor: the same, and each section told', over('floor-told', 'openssl'), '', None, None),
    ('W1', 'wall clock time, in O', wall_over_cpu('assay', 'openssl', 1), '', '<=', 0.6),
    ('W1', 'its floor: half the CPU of the floor, in O', over('floor-told', 'openssl', times=2), '', None, None),
    ('W1', 'memory', memory('assay'), ' MiB', '<=', 64),
    ('W1', 'CPU of diffoscope to ours', over('diffoscope', 'assay'), '', '>=', 80),
    ('W2', 'inspect of a tree, all digests: CPU, in O', over('assay', 'openssl'), '', '<=', 1.3),
    ('W2', 'the floor: read, digest twice, in O', over('floor', 'openssl'), '', None, None),
    ('W2', 'the floor: the same, and each section told', over('floor-told', 'openssl'), '', None, None),
    ('W3', 'tar.zst: wall to half the CPU of the floor', wall_over_cpu('assay-zst', 'floor-zst', .5), '', '<=', 1.15),
    ('W3', 'tar.zst: its floor: half the CPU of those apart', over('apart-zst', 'floor-zst'), '', None, None),
    ('W3', 'tar.zst: CPU to decoders apart, in step, nothing kept', over('assay-zst', 'apart-zst'), '', None, None),
    ('W3', 'tar.zst: memory', memory('assay-zst'), ' MiB', '<=', 64),
    ('W3', 'tar.gz: wall to half the CPU of the floor', wall_over_cpu('assay-gz', 'floor-gz', .5), '', '<=', 1.15),
    ('W3', 'tar.gz: wall to that of `gzip -dc`, one side', over('assay-gz', 'gzip', 'wall'), '', '<=', 1),
    ('W3', 'tar.gz: its floor: half the CPU of those apart', over('apart-gz', 'floor-gz'), '', None, None),
    ('W3', 'tar.gz: CPU to decoders apart, in step, nothing kept', over('assay-gz', 'apart-gz'), '', None, None),
    ('W3', 'tar.gz: memory', memory('assay-gz'), ' MiB', '<=', 64),
    ('W4', 'squashfs of zstd: CPU to `unsquashfs -p 1`', over('assay-zstd', 'unsquashfs-zstd'), '', '<=', 1),
    ('W4', 'squashfs of zstd: memory', memory('assay-zstd'), ' MiB', '<=', 64),
    ('W4', 'squashfs of xz: CPU to `unsquashfs -p 1`', over('assay-xz', 'unsquashfs-xz'), '', '<=', 1),
    ('W4', 'squashfs of xz: memory', memory('assay-xz'), ' MiB', '<=', 64),
    ('W5', 'one library, four bytes: CPU, in O of it', over('assay', 'openssl'), '', '<=', 1.3),
    ('W5', 'the floor: copy, digest, compare, in O', over('floor', 'openssl'), '', None, None),
    ('W5', 'memory', memory('assay'), ' MiB', '<=', 64),
    ('W5', 'CPU to that of eu-elfcmp', over('assay', 'eu-elfcmp'), '', None, None),
    ('W5', 'CPU of diffoscope to ours', over('diffoscope', 'assay'), '', None, None),
    ('W6', 'small pairs: CPU for each', each('assay-few', 'pairs'), ' us', '<=', 50),
    ('W6', 'the floor: read, compare, digest: CPU for each', each('floor', 'pairs'), ' us', None, None),
    ('W6', 'growth with their number, as a power', growth('assay-few', 'assay-many', 'pairs', 'pairs-many'), '', '<=', 1.02),
    ('W6', 'all renamed: CPU to that of the same names', over('assay-renamed', 'assay-same'), '', '<=', 1.3),
    ('W6', 'CPU of diffoscope to ours', over('diffoscope', 'assay-few'), '', None, None),
    ('W7', 'field check against a signed reference', None, '', '<=', 1.1),
    ('W8', '1 % of the bytes changed: CPU to none', over('assay-random', 'assay-equal'), '', '<=', 3),
    ('W8', 'the floor: compare, digest, write as much', over('floor-random', 'assay-equal'), '', None, None),
    ('W8', 'memory', memory('assay-random'), ' MiB', '<=', 256),
    ('W8', 'the same of ELF files: CPU to none', over('assay-random-elf', 'assay-equal-elf'), '', '<=', 3),
    ('W8', 'the floor of that', over('floor-random-elf', 'assay-equal-elf'), '', None, None),
    ('W8', 'the same of ELF files: memory', memory('assay-random-elf'), ' MiB', '<=', 256),
    ('W9', 'second image of a release: wall to compare', over('assay', 'compare', 'wall'), '', '<=', 2),
    ('W10', 'one part changed: wall to build + compare', over('assay', 'build+compare', 'wall'), '', '<=', 1.2),
]


def number(value, unit=''):
    if value >= 99.95:
        return f'{value:.0f}{unit}'
    return f'{value:.2f}{unit}' if value < 9.995 else f'{value:.1f}{unit}'


def rows_of(chosen, runs, facts, seconds):
    """(workload, what, value or None, its text, goal or None, its text, whether it is met or None)"""
    for work, what, find, unit, sense, goal in ROWS:
        if work not in chosen:
            continue
        value = find(runs[work], facts.get(work, {})) if find and work in runs else None
        text = 'not there yet' if value is None else f'not finished in {seconds} s' if value == ENDED else number(value, unit)
        value = None if value == ENDED else value
        goal_text = '' if goal is None else f'{"at most" if sense == "<=" else "at least"} {goal:g}{unit}'
        met = None if goal is None or value is None else value <= goal if sense == '<=' else value >= goal
        yield work, what, value, text, goal, goal_text, met


WORDS = {None: '', True: 'yes', False: 'no'}


def print_table(rows, scale):
    title = 'workload' if scale == 1 else f'workload, of 1/{scale} of the size'
    print(f'{title:<48} {"found":>10}  {"goal":<15} met')
    for work, what, _, text, _, goal_text, met in rows:
        line = f'{work:<4}{what:<44} {text:>10}'
        # what is longer than its column stands for the goal as well
        line += f'  {goal_text:<15} {WORDS[met]}' if len(text) <= 10 else ''
        line = line.rstrip()
        assert len(line) <= COLUMNS, line
        print(line)


def write_page(path, machine, runs, rows, facts):
    with open(path, 'w') as out:
        def put(*lines):
            print(*lines, sep='\n', file=out)

        put('# What assay takes', '', 'Written by `sh tests/bench/run.sh`, which says how it is measured; not by hand.', '')
        put(f'Measured on {machine["day"]}: {machine["processor"]}, {machine["processors"]} processors, {machine["sha"]}, '
            f'{machine["memory_mib"]} MiB of memory, {machine["system"]}, Linux {machine["kernel"]}.')
        versions = ', '.join(f'{name[8:]} {text}' for name, text in machine.items() if name.startswith('version '))
        put(f'Versions: {versions}.', '')
        put(f'Medians of {machine["rounds"]} rounds, all contestants of a workload in turn. CPU time is user and system time of all '
            'processes. O is the CPU', 'time of `openssl dgst -sha256` over the shipped side. Memory is the sum of the '
            'proportional set sizes of all processes, the most',
            'that was seen in a run of its own. The floor of a wall clock time is half of the CPU time: with two processors nothing is',
            'faster than to keep both busy. Absolute times do not carry to another machine, ratios do.', '')
        if machine['scale'] != '1':
            put(f'**The inputs are of 1/{machine["scale"]} of the size: the goals are not those of this run.**', '')
        put('| workload | | found | goal | met |', '|---|---|---:|---|---|')
        for work, what, _, text, _, goal_text, met in rows:
            put(f'| {work} | {what} | {text} | {goal_text} | {WORDS[met]} |')
        put('', '| workload | who | CPU s | wall s | memory MiB | largest process MiB |', '|---|---|---:|---:|---:|---:|')
        for work, whos in runs.items():
            for who, run in sorted(whos.items()):
                cells = [f'not finished in {machine["seconds"]} s', '', '', ''] if not run.finished else [
                    f'{run.cpu:.3f}', f'{run.wall:.3f}', '' if run.memory is None else f'{run.memory:.0f}', f'{run.largest:.0f}']
                put(f'| {work} | {who} | ' + ' | '.join(cells) + ' |')
        put('', '| workload | of what |', '|---|---|')
        for work, names in facts.items():
            put(f'| {work} | ' + ', '.join(f'{name.replace("_", " ")} {value:,}' for name, value in names.items()) + ' |')


def main(measures, facts_path, machine_path, directory, chosen):
    runs, chosen = load(measures), chosen.split()
    facts = {}
    for work, name, value in read(facts_path):
        facts.setdefault(work, {})[name] = int(value)
    machine = dict(read(machine_path))
    rows = list(rows_of(chosen, runs, facts, machine['seconds']))
    with open(os.path.join(directory, 'results.json'), 'w') as out:
        json.dump({'machine': machine, 'facts': facts,
                   'runs': {work: {who: run.describe() for who, run in whos.items()} for work, whos in runs.items()},
                   'rows': [{'workload': work, 'what': what, 'found': value, 'text': text, 'goal': goal, 'goal_text': goal_text,
                             'met': met} for work, what, value, text, goal, goal_text, met in rows]},
                  out, indent=1, sort_keys=True)
        out.write('\n')
    write_page(os.path.join(directory, 'RESULTS.md'), machine, runs, rows, facts)
    print_table(rows, int(machine['scale']))


main(*sys.argv[1:])
