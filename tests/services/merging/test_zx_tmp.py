import time
from collections import Counter
from tests.services.merging.twins.bases import *
from tests.services.merging.test_identity_regressions import merged, unmerged
from models.statements import tally
async def test_count(database):
    w = await create_workspace("x", currency="IDR")
    b = Base(w); cs=[b.person(f"C{i}", Person(3, i)) for i in range(40)]
    await b.save_in(w)
    import asyncio
    for i in range(0,40,2):
        t=time.perf_counter()
        with tally() as c:
            await merged(w, cs[i], cs[i+1]); await asyncio.sleep(0)
        t2=time.perf_counter()
        with tally() as d:
            await unmerged(w, cs[i+1]); await asyncio.sleep(0)
        print(len(c.statements), round((t2-t)*1000,1), len(d.statements), round((time.perf_counter()-t2)*1000,1))
    for s in c.statements: print("-", " ".join(s.split())[:110])
    print()
    for s in d.statements: print("-", " ".join(s.split())[:110])
