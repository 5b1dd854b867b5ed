"""The figures of a comparison as a person reads them. Everything here is a function of what was measured."""
import statistics

COLUMNS = (  # heading, key, decimals
    ("CPU ms a frame", "cpu_ms_a_frame", 3),
    ("calls a frame", "calls_a_frame", 1),
    ("clock reads", "clock_reads", 1),
    ("frames/s shown", "display_fps", 1),
    ("client's", "client_fps", 1),
    ("zero-copy", "zero_copy_percent", 0),
    ("Pss MiB", "pss_mib", 1),
    ("RSS MiB", "rss_mib", 1),
)
IDLE_COLUMNS = (
    ("CPU ms a second", "cpu_ms_a_second", 3),
    ("calls a second", "calls_a_second", 1),
    ("clock reads", "clock_reads", 1),
    ("frames/s shown", "display_fps", 1),
    ("Pss MiB", "pss_mib", 1),
    ("RSS MiB", "rss_mib", 1),
)
BETTER_IF_MORE = {"display_fps", "client_fps", "zero_copy_percent"}


def spread(values, key, decimals):
    """"best to worst", or one figure where they read alike; "-" where there is none."""
    values = [value for value in values if value is not None]
    if not values:
        return "-"
    ends = (max(values), min(values)) if key in BETTER_IF_MORE else (min(values), max(values))
    best, worst = (f"{end:.{decimals}f}" for end in ends)
    return best if best == worst else f"{best} to {worst}"


def aligned(rows):
    """Lines of text, the first column to the left, all others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
            for row in rows]


def runs_of(runs, scene, name):
    return [run for run in runs if run["scene"] == scene and run["compositor"] == name and not run.get("left_out")]


def ordered_names(runs):
    return list(dict.fromkeys(run["compositor"] for run in runs))


def medians_of(runs, scene, key):
    medians = {}
    for name in ordered_names(runs):
        values = [run[key] for run in runs_of(runs, scene, name) if run.get(key) is not None]
        if values:
            medians[name] = statistics.median(values)
    return medians


def best_peer(medians, ours, key):
    """The name of the best of the others; None where there is none, or nothing to divide by."""
    peers = {name: value for name, value in medians.items() if name not in ours and value > 0}
    if not peers:
        return None
    return (max if key in BETTER_IF_MORE else min)(peers, key=peers.get)


def against_best(runs, scene, name, ours, key):
    """The median of one of ours over that of the best peer, and which that is; "-" where there is nothing to compare."""
    medians = medians_of(runs, scene, key)
    best = best_peer(medians, ours, key)
    return f"{medians[name] / medians[best]:.2f} of {best}" if best and name in medians else "-"


def cpu_against_best(runs, scene, ours, key):
    """Lines on how the CPU time of ours compares, the worst of ours with the best of theirs, too."""
    medians = medians_of(runs, scene, key)
    best = best_peer(medians, ours, key)
    lines = []
    for name in ours if best else ():
        if name in medians:
            worst_of_ours = max(run[key] for run in runs_of(runs, scene, name))
            best_of_theirs = min(run[key] for run in runs_of(runs, scene, best))
            over = f"{worst_of_ours / best_of_theirs:.2f}" if best_of_theirs > 0 else "none"
            lines.append(f"CPU time of {name} over that of {best}, the best peer: {medians[name] / medians[best]:.2f} (medians {medians[name]:.3f} "
                         f"and {medians[best]:.3f} ms); {name}'s worst run over {best}'s best: {over}")
    return lines


def top(runs, scene, name, what, count, least):
    """Of a run's figures by name ("calls", "threads") those that are highest and not under `least`, as the mean of the runs."""
    chosen = runs_of(runs, scene, name)
    sums = {}
    for run in chosen:
        for part, number in run.get(what, {}).items():
            sums[part] = sums.get(part, 0) + number / len(chosen)
    most = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return [(part, number) for part, number in most[:count] if number >= least]


def scene_table(runs, scene, heading, ours, calls):
    columns = IDLE_COLUMNS if scene == "idle" else COLUMNS
    names = [name for name in ordered_names(runs) if runs_of(runs, scene, name)]
    lines = [heading]
    if names:
        rows = [["", *(column[0] for column in columns)]]
        for name in names:
            chosen = runs_of(runs, scene, name)
            rows.append([name, *(spread([run.get(key) for run in chosen], key, decimals) for _, key, decimals in columns)])
        for name in ours:
            if name in names and len(names) > len([n for n in names if n in ours]):
                rows.append([f"{name} is", *(against_best(runs, scene, name, ours, key) for _, key, _ in columns)])
        lines += ["  " + line for line in aligned(rows)]
    for run in {run["compositor"]: run for run in runs if run["scene"] == scene and run.get("left_out")}.values():
        lines.append(f"  {run['compositor']} is left out: {run['left_out']}")
    lines += ["  " + line for line in cpu_against_best(runs, scene, ours, "cpu_ms_a_second" if scene == "idle" else "cpu_ms_a_frame")]
    for name in names if calls else ():
        usual = dict(top(runs, scene, name, "call_us", 10000, 0))
        told = ", ".join(f"{number:.1f} {call}" + (f" ({usual[call]:.0f} µs)" if call in usual else "")
                         for call, number in top(runs, scene, name, "calls", calls, 0.05))
        lines.append(f"  calls of {name}: {told or 'none'}")
        told = ", ".join(f"{number:.2f} ms {thread}" for thread, number in top(runs, scene, name, "threads", calls, 0.005))
        lines.append(f"  threads of {name}: {told or 'none'}")
    for name in names:
        planes = list(dict.fromkeys(run["planes"] for run in runs_of(runs, scene, name) if run.get("planes")))
        if planes:
            lines.append(f"  on planes of {name}: {'; or '.join(planes)}")
    return lines


def start_table(runs, ours):
    """The start over all scenes: it is the same whatever comes after it."""
    starts = [run | {"scene": "start"} for run in runs if run.get("start_ms") is not None]
    rows = [["", "ms", "median", "of the best peer's"]]
    for name in ordered_names(starts):
        values = [run["start_ms"] for run in runs_of(starts, "start", name)]
        compared = against_best(starts, "start", name, ours, "start_ms") if name in ours else ""
        rows.append([name, spread(values, "start_ms", 0), f"{statistics.median(values):.0f}", compared])
    if len(rows) == 1:
        return []
    return ["start, from exec to the answer to a wl_registry roundtrip", *("  " + line for line in aligned(rows))]


def whole_table(runs, headings, ours, calls=0):
    """`headings`: of the scenes, in their order. `ours`: the names that are compared with all the others."""
    parts = [scene_table(runs, scene, heading, ours, calls) for scene, heading in headings.items()
             if any(run["scene"] == scene for run in runs)]
    parts.append(start_table(runs, ours))
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"
