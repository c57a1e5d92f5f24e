import os
import random
import time
import traceback

from tests.services.merging.twins.answers import answers_are_right
from tests.services.merging.twins.steps import *
from tests.services.merging.twins.worlds import begin


async def run(people, steps, order):
    twins = await begin(people)
    try:
        for step in steps:
            await take(twins, step)
        await answers_are_right(twins)
        await unmerge_all(twins, order)
        d = twins.same_at_last()
        assert d == [], d
    except BaseException as e:
        e.done = twins.done
        raise

def sig(e):
    tb = traceback.extract_tb(e.__traceback__)[-1]
    text = str(e)
    import re
    return type(e).__name__ + tb.name + re.sub(r"[0-9a-f-]{36}|C\d|\d+", "#", text.split("', ")[0])[:70]

async def test_seeds(database):
    a, b = map(int, os.environ.get("SEEDS", "0,30").split(","))
    t0 = time.time(); n = 0; bad = {}
    for seed in range(a, b):
        if time.time() - t0 > float(os.environ.get("LIMIT", "150")): break
        d = random.Random(seed)
        people = [Person(d.choice([1,2,3,3]), d.randrange(5000)) for _ in range(d.randrange(2, 7))]
        steps = [Step(d.choice(DRAWN), d.randrange(98), d.randrange(65536)) for _ in range(d.randrange(3, 12))]
        n += 1
        try:
            await run(people, steps, seed)
        except BaseException as e:
            s = sig(e)
            if s in bad: bad[s][0] += 1; continue
            best = (people, steps, e)
            t1 = time.time()
            changed = True
            while changed and time.time() - t1 < 40:
                changed = False
                for i in range(len(best[1])):
                    st2 = best[1][:i] + best[1][i+1:]
                    try: await run(best[0], st2, seed)
                    except BaseException as e2:
                        if sig(e2)[:40] == s[:40]: best = (best[0], st2, e2); changed = True; break
                for i, p in enumerate(best[0]):
                    if changed or p.richness == 0: continue
                    pp = list(best[0]); pp[i] = Person(p.richness - 1, p.seed)
                    try: await run(pp, best[1], seed)
                    except BaseException as e2:
                        if sig(e2)[:40] == s[:40]: best = (pp, best[1], e2); changed = True; break
            bad[s] = [1]
            e = best[2]
            print("=" * 100); print("seed", seed, best[0], best[1])
            print("\n".join(getattr(e, "done", []))); print(type(e).__name__, str(e)[:1500])
            if not isinstance(e, AssertionError): traceback.print_exception(e, limit=-6)
    print("ran", n, "in", time.time() - t0, "bad", {k: v[0] for k, v in bad.items()})


async def test_hyp(database):
    import asyncio
    from hypothesis import given, seed, settings, HealthCheck, Phase, strategies as st
    loop = asyncio.get_running_loop()
    state = {"n": 0, "t": time.time(), "bad": None}
    async def one(people, steps, order):
        state["n"] += 1
        try: await run(people, steps, order)
        except BaseException as e:
            state["bad"] = (people, steps, order, e); raise
    @seed(int(os.environ.get('SEED', '0')))
    @settings(max_examples=int(os.environ.get("N", "60")), phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(PEOPLE, STEPS, SEEDS)
    def seqs(people, steps, order):
        if state["bad"]: return
        asyncio.run_coroutine_threadsafe(one(people, steps, order), loop).result()
    try: await asyncio.to_thread(seqs)
    except BaseException as e: print("FAILED", type(e))
    print("ran", state["n"], time.time() - state["t"])
    if state["bad"]:
        people, steps, order, e = state["bad"]
        s = sig(e); best = (people, steps, e); t1 = time.time(); changed = True
        while changed and time.time() - t1 < 40:
            changed = False
            for i in range(len(best[1])):
                st2 = best[1][:i] + best[1][i+1:]
                try: await run(best[0], st2, order)
                except BaseException as e2:
                    if sig(e2)[:40] == s[:40]: best = (best[0], st2, e2); changed = True; break
        e = best[2]
        print(best[0], best[1]); print("\n".join(getattr(e, "done", []))); print(type(e).__name__, str(e)[:3000])
        if not isinstance(e, AssertionError) or len(str(e)) < 50: traceback.print_exception(e, limit=-4)
