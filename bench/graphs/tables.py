"""The statements that fill each table. $1 is the workspace; in braces stand a run's sizes.

`dice(seed, n, sides)` is a number from 0 to below `sides`, `pick` one of a list's words: of the
row's number, and another one for each seed.
"""

MOST = 7_200.0
"""Seconds that a statement may take."""
SERIES = "ROWS"
"""Stands for the numbers of a table's rows."""

FIRST_NAMES = """ARRAY['Siti', 'Budi', 'Dewi', 'Agus', 'Putri', 'Rizki', 'Wulan', 'Andi', 'Rina',
    'Joko', 'Ayu', 'Hendra', 'Maya', 'Fajar', 'Lestari', 'Bayu', 'Indah', 'Yusuf', 'Ratna', 'Dimas',
    'Nurul', 'Eko', 'Fitri', 'Arif', 'Sari', 'Teguh', 'Dian', 'Rudi', 'Mega', 'Galih', 'Tari',
    'Wahyu', 'Citra', 'Iwan', 'Nina', 'Surya', 'Lina', 'Bambang', 'Kartika', 'Reza']"""
LAST_NAMES = """ARRAY['Santoso', 'Wijaya', 'Nugroho', 'Siregar', 'Pratama', 'Hidayat', 'Saputra',
    'Kusuma', 'Halim', 'Setiawan', 'Rahman', 'Gunawan', 'Simanjuntak', 'Wibowo', 'Lubis',
    'Nasution', 'Susanto', 'Hartono', 'Purnama', 'Maulana', 'Permata', 'Anggraini', 'Utami',
    'Handayani', 'Puspita', 'Mahendra', 'Firmansyah', 'Suryadi', 'Kurniawan', 'Hakim']"""
PLACES = """ARRAY['Bandung', 'Bogor', 'Depok', 'Surabaya', 'Malang', 'Semarang', 'Medan',
    'Makassar', 'Denpasar', 'Palembang', 'Balikpapan', 'Padang']"""
SENTENCES = """ARRAY['Apakah masih ada stok?', 'Terima kasih, barang sudah sampai.',
    'Kapan pesanan saya dikirim?', 'Bisa tukar ukuran?', 'Tolong kirim katalog terbaru.',
    'Saya sudah transfer.', 'Ada promo minggu ini?', 'Alamatnya sudah saya perbarui.']"""
PRIORITIES = "ARRAY['LOW', 'MEDIUM', 'MEDIUM', 'HIGH', 'URGENT']"

FEW = (
    "INSERT INTO workspaces (workspace_id, name, created_at) "
    "VALUES ($1, 'Benchmark', '{first}'::timestamptz)",
    """INSERT INTO users (workspace_id, id, name, email, role, search_text, created_at, updated_at)
    SELECT $1, pg_temp.few('user', n), 'Agent ' || n, 'agent' || n || '@example.com', 'AGENT',
        'agent ' || n, '{first}', '{first}' FROM generate_series(0::bigint, 19) n""",
    """INSERT INTO channels (workspace_id, id, kind, name, is_default, created_at)
    SELECT $1, pg_temp.few('channel', n), (ARRAY['WHATSAPP', 'INSTAGRAM'])[n + 1],
        'Channel ' || n, true, '{first}' FROM generate_series(0::bigint, 1) n""",
    """INSERT INTO campaigns (workspace_id, id, name, channel, status, search_text, created_at,
        updated_at)
    SELECT $1, pg_temp.few('campaign', n), 'Promo ' || n, 'WHATSAPP', 'SENT', 'promo ' || n,
        '{first}'::timestamptz + n * interval '2 days', '{first}'
    FROM generate_series(0::bigint, 199) n""",
    """INSERT INTO pipelines (workspace_id, id, kind, name, created_at, updated_at)
    SELECT $1, pg_temp.few('pipeline', n), (ARRAY['TICKET', 'DEAL', 'TASK'])[n + 1], 'Main',
        '{first}', '{first}' FROM generate_series(0::bigint, 2) n""",
    """INSERT INTO stages (workspace_id, id, pipeline_id, name, position)
    SELECT $1, pg_temp.few('stage', n), pg_temp.few('pipeline', n / 4), 'Stage ' || n % 4, n % 4
    FROM generate_series(0::bigint, 11) n""",
    """INSERT INTO tags (workspace_id, id, name, search_text, ltv_min, created_at, updated_at)
    SELECT $1, pg_temp.few('tag', n), 'Tag ' || n, 'tag ' || n,
        CASE WHEN n >= 10 THEN (n - 9) * 4000000 END, '{first}', '{first}'
    FROM generate_series(0::bigint, 11) n""",
    """INSERT INTO groups (workspace_id, id, name, search_text, created_at, updated_at)
    SELECT $1, pg_temp.few('group', n), 'Group ' || n, 'group ' || n, '{first}', '{first}'
    FROM generate_series(0::bigint, 9) n""",
    """INSERT INTO segments (workspace_id, id, name, search_text, criteria, created_at, updated_at)
    SELECT $1, pg_temp.few('segment', n), 'Segment ' || n, 'segment ' || n, '{{}}', '{first}',
        '{first}' FROM generate_series(0::bigint, 4) n""",
    """INSERT INTO property_definitions (workspace_id, id, key, label, type, options, position,
        created_at, updated_at)
    VALUES ($1, pg_temp.few('property', 0), 'tier', 'Tier', 'SINGLE_SELECT',
        ARRAY['bronze', 'silver', 'gold'], 0, '{first}'::timestamptz, '{first}'::timestamptz),
        ($1, pg_temp.few('property', 1), 'points', 'Points', 'NUMBER', '{{}}', 1,
        '{first}'::timestamptz, '{first}'::timestamptz)""",
)
CUSTOMERS = f"""
    INSERT INTO customers (workspace_id, id, external_id, full_name, name_key, search_text,
        owner_id, assignee_id, phone, email, source, status, job_title, province, regency_city,
        zip_code, properties, acquisition, created_at, updated_at, first_contacted_at,
        main_identity_id, member_count, last_inbound_at, window_status, paid_order_count,
        lifetime_value)
    SELECT $1, pg_temp.customer(n), 'crm-' || n, name, lower(name),
        ' ' || lower(name) || ' ' || phone || ' ' || email || ' crm-' || n || ' ',
        pg_temp.few('user', pg_temp.dice(3, n, 20)),
        CASE WHEN pg_temp.dice(4, n, 2) = 0 THEN pg_temp.few('user', pg_temp.dice(5, n, 20)) END,
        '+' || phone, email,
        pg_temp.pick(ARRAY['WHATSAPP', 'WHATSAPP', 'INSTAGRAM', 'TOKOPEDIA', 'SHOPEE'], 6, n),
        pg_temp.pick(ARRAY['LEAD', 'LEAD', 'PROSPECT', 'CUSTOMER', 'CHURNED'], 7, n),
        'Guru', 'Jawa Barat', 'Kota ' || pg_temp.pick({PLACES}, 8, n),
        (40000 + pg_temp.dice(9, n, 1000))::text,
        jsonb_build_object('tier', pg_temp.pick(ARRAY['bronze', 'silver', 'gold'], 10, n),
            'points', pg_temp.dice(11, n, 10000)),
        pg_temp.pick(ARRAY['INBOUND', 'INBOUND', 'MANUAL', 'IMPORT', 'API'], 12, n),
        at, updated, at, pg_temp.identity(n), (pg_temp.dice(13, n, 500) = 0)::int,
        updated, CASE WHEN updated > '{{today}}'::timestamptz - interval '1 day' THEN 'ACTIVE'
            ELSE 'PASSIVE' END,
        orders, orders * pg_temp.dice(14, n, 2000) * 1000
    FROM (
        SELECT n, at, 62811000000000 + n * 7 AS phone, name,
            lower(split_part(name, ' ', 1)) || n || '@example.com' AS email,
            at + ('{{today}}'::timestamptz - at) * (pg_temp.dice(15, n, 1000000) / 1e6) AS updated,
            greatest(0, pg_temp.dice(16, n, 10) - 6)::int AS orders
        FROM (
            SELECT n, pg_temp.customer_at(n) AS at,
                CASE WHEN n % 9973 = 17 THEN 'Zulaikha' ELSE pg_temp.pick({FIRST_NAMES}, 1, n) END
                || ' ' || pg_temp.pick({LAST_NAMES}, 2, n) AS name
            FROM {SERIES} n
        ) named
    ) made"""
IDENTITIES = f"""
    INSERT INTO channel_identities (workspace_id, id, channel_id, kind, identifier, customer_id,
        origin_customer_id, connected_at)
    SELECT $1, pg_temp.identity(n), pg_temp.few('channel', n % 2),
        (ARRAY['WHATSAPP', 'INSTAGRAM'])[n % 2 + 1], '+' || (62811000000000 + n * 7),
        pg_temp.customer(n), pg_temp.customer(n), pg_temp.customer_at(n)
    FROM {SERIES} n"""
CONVERSATIONS = f"""
    INSERT INTO conversations (workspace_id, id, external_id, channel_id, channel_kind, identity_id,
        customer_id, origin_customer_id, status, assignee_id, last_message_preview, last_message_at,
        unread_count, opened_at, resolved_at, activity_at, search_text, created_at, updated_at)
    SELECT $1, pg_temp.made_id('conversation', n, at), 'cv-' || n,
        pg_temp.few('channel', whose % 2), (ARRAY['WHATSAPP', 'INSTAGRAM'])[whose % 2 + 1],
        pg_temp.identity(whose), pg_temp.customer(whose), pg_temp.customer(whose),
        CASE state WHEN 0 THEN 'UNASSIGNED' WHEN 1 THEN 'ASSIGNED' ELSE 'RESOLVED' END,
        CASE WHEN state > 0 THEN pg_temp.few('user', pg_temp.dice(23, n, 20)) END,
        preview, at + interval '3 hours', CASE WHEN state = 0 THEN 2 ELSE 0 END, at,
        CASE WHEN state > 1 THEN at + interval '4 hours' END, at + interval '3 hours',
        lower(preview), at, at
    FROM (
        SELECT n, '{{first}}'::timestamptz + make_interval(secs => n * {{step}}) AS at,
            pg_temp.dice(20, n, {{customers}}) AS whose, pg_temp.dice(21, n, 6) AS state,
            pg_temp.pick({SENTENCES}, 22, n) AS preview
        FROM {SERIES} n
    ) made"""
INTERACTIONS = f"""
    INSERT INTO campaign_interactions (workspace_id, id, external_id, campaign_id, customer_id,
        origin_customer_id, identity_id, status, sent_at, delivered_at, read_at, visible_until,
        created_at, updated_at)
    SELECT $1, pg_temp.made_id('interaction', n, at), 'ci-' || n,
        pg_temp.few('campaign', n * 200 / {{rows}}), pg_temp.customer(whose),
        pg_temp.customer(whose), pg_temp.identity(whose),
        CASE WHEN read THEN 'READ' ELSE 'DELIVERED' END, at, at + interval '4 seconds',
        CASE WHEN read THEN at + interval '9 minutes' END, at + interval '12 months', at, at
    FROM (
        SELECT n, '{{shown}}'::timestamptz + make_interval(secs => n * {{shown_step}}) AS at,
            pg_temp.dice(30, n, {{customers}}) AS whose, pg_temp.dice(31, n, 2) = 0 AS read
        FROM {SERIES} n
    ) made"""
COMPANIES = f"""
    INSERT INTO companies (workspace_id, id, external_id, name, industry, website, phone,
        search_text, created_at, updated_at)
    SELECT $1, pg_temp.few('company', n), 'co-' || n, name, 'Retail',
        'https://company' || n || '.example.com', '+' || (62211000000 + n), lower(name),
        '{{first}}', '{{first}}'
    FROM (
        SELECT n, 'PT ' || pg_temp.pick({LAST_NAMES}, 40, n) || ' ' || pg_temp.pick({PLACES}, 41, n)
            || ' ' || n AS name
        FROM {SERIES} n
    ) made"""
TICKETS = f"""
    INSERT INTO tickets (workspace_id, id, external_id, number, subject, pipeline_id, stage_id,
        priority, sla_status, sla_due_at, assignee_id, search_text, created_at, updated_at)
    SELECT $1, pg_temp.made_id('ticket', n, at), 'ti-' || n, 'T-' || n, subject,
        pg_temp.few('pipeline', 0), pg_temp.few('stage', pg_temp.dice(51, n, 4)),
        pg_temp.pick({PRIORITIES}, 52, n),
        pg_temp.pick(ARRAY['ON_TRACK', 'MET', 'BREACHED'], 53, n),
        at + interval '2 days', pg_temp.few('user', pg_temp.dice(54, n, 20)), lower(subject), at, at
    FROM (
        SELECT n, '{{first}}'::timestamptz + make_interval(secs => n * {{step}}) AS at,
            pg_temp.pick({SENTENCES}, 50, n) || ' ' || n AS subject
        FROM {SERIES} n
    ) made"""
DEALS = f"""
    INSERT INTO deals (workspace_id, id, external_id, name, amount, currency, pipeline_id, stage_id,
        priority, approval_status, owner_id, expected_close_on, search_text, created_at, updated_at)
    SELECT $1, pg_temp.made_id('deal', n, at), 'de-' || n, name, pg_temp.dice(60, n, 5000) * 10000,
        'IDR', pg_temp.few('pipeline', 1), pg_temp.few('stage', 4 + pg_temp.dice(61, n, 4)),
        pg_temp.pick({PRIORITIES}, 62, n), 'NOT_REQUIRED',
        pg_temp.few('user', pg_temp.dice(63, n, 20)), (at + interval '30 days')::date, lower(name),
        at, at
    FROM (
        SELECT n, '{{first}}'::timestamptz + make_interval(secs => n * {{step}}) AS at,
            'Paket ' || pg_temp.pick({PLACES}, 64, n) || ' ' || n AS name
        FROM {SERIES} n
    ) made"""
TASKS = f"""
    INSERT INTO tasks (workspace_id, id, external_id, title, status, stage_id, priority,
        assignee_id, due_at, completed_at, search_text, created_at, updated_at)
    SELECT $1, pg_temp.made_id('task', n, at), 'ta-' || n, title,
        CASE WHEN done THEN 'DONE' ELSE 'TODO' END,
        pg_temp.few('stage', 8 + pg_temp.dice(71, n, 4)), pg_temp.pick({PRIORITIES}, 72, n),
        pg_temp.few('user', pg_temp.dice(73, n, 20)), at + interval '3 days',
        CASE WHEN done THEN at + interval '2 days' END, lower(title), at, at
    FROM (
        SELECT n, '{{first}}'::timestamptz + make_interval(secs => n * {{step}}) AS at,
            'Hubungi kembali ' || n AS title, pg_temp.dice(70, n, 3) > 0 AS done
        FROM {SERIES} n
    ) made"""


def of_time(table: str, column: str, kind: str, seed: int) -> str:
    """An association of each row of a kind that comes in time with a customer."""
    return f"""
    INSERT INTO {table} (workspace_id, id, customer_id, origin_customer_id, {column}, created_at)
    SELECT $1, pg_temp.made_id('{table}', n, at), whose, whose, pg_temp.made_id('{kind}', n, at), at
    FROM (
        SELECT n, '{{first}}'::timestamptz + make_interval(secs => n * {{step}}) AS at,
            pg_temp.customer(pg_temp.dice({seed}, n, {{customers}})) AS whose
        FROM {SERIES} n
    ) made"""


def of_few(table: str, column: str, kind: str, sides: str, seed: int, origin: bool = True) -> str:
    """Associations of customers with rows of a kind of which there are few, each only once."""
    columns = "customer_id, origin_customer_id" if origin else "customer_id"
    at = "created_at" if origin else "entered_at"
    whose = "pg_temp.customer(whose)"
    return f"""
    INSERT INTO {table} (workspace_id, id, {columns}, {column}, {at})
    SELECT $1, pg_temp.made_id('{table}', min(n), '{{first}}'),
        {f"{whose}, {whose}" if origin else whose}, pg_temp.few('{kind}', other), '{{first}}'
    FROM (
        SELECT n, pg_temp.dice({seed}, n, {{customers}}) AS whose,
            pg_temp.dice({seed + 1}, n, {sides}) AS other
        FROM {SERIES} n
    ) made GROUP BY whose, other"""


ENTRIES = f"""
    INSERT INTO property_index_entries (workspace_id, id, property_id, customer_id, text_value,
        number_value)
    SELECT $1, pg_temp.made_id('entry', n, '{{first}}'), pg_temp.few('property', n % 2),
        pg_temp.customer(n / 2),
        CASE WHEN n % 2 = 0 THEN pg_temp.pick(ARRAY['bronze', 'silver', 'gold'], 10, n / 2) END,
        CASE WHEN n % 2 = 1 THEN pg_temp.dice(11, n / 2, 10000) END
    FROM {SERIES} n"""

MANY: tuple[tuple[str, float, str], ...] = (
    ("customers", 1, CUSTOMERS),
    ("channel_identities", 1, IDENTITIES),
    ("conversations", 8, CONVERSATIONS),
    ("campaign_interactions", 6, INTERACTIONS),
    ("companies", 0.2, COMPANIES),
    (
        "customer_companies",
        2,
        of_few("customer_companies", "company_id", "company", "{companies}", 42),
    ),
    ("tickets", 4, TICKETS),
    ("customer_tickets", 4, of_time("customer_tickets", "ticket_id", "ticket", 55)),
    ("deals", 3, DEALS),
    ("customer_deals", 3, of_time("customer_deals", "deal_id", "deal", 65)),
    ("tasks", 4, TASKS),
    ("customer_tasks", 4, of_time("customer_tasks", "task_id", "task", 75)),
    ("customer_tags", 1, of_few("customer_tags", "tag_id", "tag", "10", 80)),
    ("customer_groups", 1, of_few("customer_groups", "group_id", "group", "10", 82)),
    (
        "customer_segments",
        1,
        of_few("customer_segments", "segment_id", "segment", "5", 84, origin=False),
    ),
    ("property_index_entries", 2, ENTRIES),
)
"""Each table, how many rows of it a customer has, and the statement."""
