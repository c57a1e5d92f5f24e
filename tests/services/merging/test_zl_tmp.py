import asyncio, time, os
from models.base import new_id
from services.transactions import workspace_transaction
from tests.services.merging.families import merge, unmerge, hear
from tests.services.writing import customer, stored, NOW
from models import ChannelKind
N=int(os.environ.get("LARGE","250000"))

async def test_large(workspace, database, settings):
    import asyncpg
    main = await customer(workspace, "Siti")
    heard = await hear(workspace, "+628120000001", "m1")
    member = heard.customer
    admin = await asyncpg.connect(settings.database_url)
    w=workspace.id
    cid = new_id()
    await admin.execute("INSERT INTO campaigns (workspace_id,id,name,channel,status,search_text,created_at,updated_at) VALUES ($1,$2,'P','WHATSAPP','SENT','p',now(),now())",w,cid)
    a,b,c=N*2//5,N*2//5,N//5
    await admin.execute("INSERT INTO campaign_interactions (workspace_id,id,external_id,campaign_id,customer_id,origin_customer_id,status,sent_at,visible_until,created_at,updated_at) SELECT $1,gen_random_uuid(),'i'||n,$2,$3,$3,'SENT',now()-n*interval '1 minute',now()+interval '1 year',now(),now() FROM generate_series(1,$4::int) n",w,cid,member.id,a)
    await admin.execute("INSERT INTO orders (workspace_id,id,external_id,customer_id,origin_customer_id,status,total,currency,ordered_at,created_at,updated_at) SELECT $1,gen_random_uuid(),'o'||n,$2,$2,'PAID',1000,'IDR',now()-n*interval '1 minute',now(),now() FROM generate_series(1,$3::int) n",w,member.id,b)
    await admin.execute("INSERT INTO conversations (workspace_id,id,external_id,channel_id,channel_kind,identity_id,customer_id,origin_customer_id,opened_at,activity_at,search_text,created_at,updated_at) SELECT $1,gen_random_uuid(),'c'||n,$2,'WHATSAPP',$3,$4,$4,now(),now()-n*interval '1 minute','siti 628120000001 c'||n||' halo apa kabar pesanan nomor '||n,now(),now() FROM generate_series(1,$5::int) n",w,heard.conversation.channel_id,heard.conversation.identity_id,member.id,c)
    await admin.execute("ANALYZE")
    others=[]
    done=False
    async def elsewhere():
        n=0
        while not done:
            t=time.perf_counter()
            await hear(workspace, f"+62813{n%50:07d}", f"x{n}")
            others.append(time.perf_counter()-t); n+=1
            await asyncio.sleep(0.02)
    async def measured(what, verb):
        nonlocal done
        done=False; others.clear()
        task=asyncio.create_task(elsewhere())
        t=time.perf_counter()
        await verb
        took=time.perf_counter()-t
        done=True; await task
        o=sorted(others)
        print(f"\n{what}: {took:.1f} s; meanwhile {len(o)} messages of others: median {o[len(o)//2]*1000:.0f} ms, p99 {o[int(len(o)*.99)]*1000:.0f} ms, longest {o[-1]*1000:.0f} ms")
    await measured(f"merge of {N}", merge(workspace, main, member))
    print((await stored(workspace, main.id)).paid_order_count)
    await measured(f"unmerge of {N}", unmerge(workspace, member))
    await admin.close()
