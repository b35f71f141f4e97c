"""The rules that choose. A rule orders (trial, steps) by a key, the best first, or leaves one out (None)."""

import statistics


def fidelity(means, paper):
    misses = [abs(means[column] - mean) / max(1.0, std) for column, (mean, std) in paper.items()]
    return (max(misses), sum(misses)) if misses else None


def honest(means, _paper):
    if not {"0.1", "0.2"} <= means.keys() or abs(means["0.1"] - means["0.2"]) > 1.0:
        return None
    return (-min(means["0.1"], means["0.2"]),)


RULES = {"FIDELITY": fidelity, "HONEST": honest}


def ranked(rule, candidates, paper):
    """(trial, steps), the best by the rule first."""
    keys = {}
    for place, cells in candidates.items():
        key = rule({column: statistics.fmean(values) for column, values in cells.items()}, paper)
        if key is not None:
            keys[place] = (key, place)
    return sorted(keys, key=keys.get)


def finalists(search, record, paper):
    """The trials that stage 2 runs on the other seeds."""
    candidates = record.candidates(search.seeds[:1])
    best = []
    for name in search.rules:
        trials = dict.fromkeys(trial for trial, _ in ranked(RULES[name], candidates, paper))
        best += list(trials)[: search.finalists]
    return list(dict.fromkeys(best))
