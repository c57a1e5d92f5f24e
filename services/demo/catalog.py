"""The shop's catalogue, its campaigns, its business customers, and what is said and done there."""

from decimal import Decimal
from typing import NamedTuple

from models import ChannelKind, PipelineKind, PropertyType
from services.demo.lists import phrases


class Product(NamedTuple):
    """Something to buy: its name, its number, its price in rupiah."""

    name: str
    sku: str
    price: Decimal


PRODUCTS = tuple(
    Product(name, sku, Decimal(price))
    for name, sku, price in (
        ("Kopi Arabika Gayo 250 g", "KOP-GAY-250", "89000.00"),
        ("Kopi Robusta Lampung 500 g", "KOP-LAM-500", "72000.00"),
        ("Kopi Toraja Sapan 250 g", "KOP-TOR-250", "97500.00"),
        ("Teh Melati Slawi 100 g", "TEH-MEL-100", "24500.00"),
        ("Gula Aren Bubuk 500 g", "GUL-ARE-500", "38000.00"),
        ("Sambal Roa Manado", "SAM-ROA-150", "45000.00"),
        ("Sambal Matah Bali", "SAM-MAT-150", "39500.00"),
        ("Keripik Singkong Balado", "KER-BAL-200", "21000.00"),
        ("Keripik Tempe Malang", "KER-TEM-200", "18500.00"),
        ("Dodol Garut 250 g", "DOD-GAR-250", "27500.00"),
        ("Bika Ambon Medan", "BIK-AMB-001", "85000.00"),
        ("Lapis Legit Palembang", "LAP-LEG-001", "245000.00"),
        ("Pempek Kapal Selam isi 10", "PEM-KAP-010", "150000.00"),
        ("Abon Sapi 250 g", "ABO-SAP-250", "68000.00"),
        ("Madu Hutan Sumbawa 500 ml", "MAD-SUM-500", "135000.00"),
        ("Minyak Kayu Putih Buru 100 ml", "MIN-KAY-100", "42000.00"),
        ("Batik Tulis Lasem", "BAT-LAS-001", "875000.00"),
        ("Batik Cap Pekalongan", "BAT-PEK-001", "185000.00"),
        ("Kain Tenun Sumba", "TEN-SUM-001", "1250000.00"),
        ("Kain Songket Minang", "SON-MIN-001", "1650000.00"),
        ("Kain Ulos Ragi Hotang", "ULO-RAG-001", "720000.00"),
        ("Sarung Goyor Tegal", "SAR-GOY-001", "165000.00"),
        ("Kemeja Batik Pria", "KEM-BAT-PRI", "229000.00"),
        ("Tas Anyaman Rotan", "TAS-ROT-001", "275000.00"),
        ("Tas Noken Papua", "TAS-NOK-001", "310000.00"),
        ("Wayang Kulit Arjuna", "WAY-ARJ-001", "540000.00"),
        ("Ukiran Jepara Ganesha", "UKI-JEP-001", "980000.00"),
        ("Gerabah Kasongan", "GER-KAS-001", "125000.00"),
        ("Perak Kotagede: Cincin", "PER-CIN-001", "345000.00"),
        ("Perak Kotagede: Gelang", "PER-GEL-001", "485000.00"),
        ("Minyak Atsiri Sereh 30 ml", "ATS-SER-030", "76000.00"),
        ("Lulur Bengkoang 200 g", "LUL-BEN-200", "33500.00"),
        ("Sabun Rempah", "SAB-REM-080", "19900.00"),
        ("Jamu Kunyit Asam 1 l", "JAM-KUN-001", "48000.00"),
        ("Rendang Kaleng 250 g", "REN-KAL-250", "92000.00"),
        ("Hampers Lebaran", "HAM-LEB-001", "425000.00"),
    )
)

CHANNELS: tuple[tuple[ChannelKind, str, str | None], ...] = (
    (ChannelKind.WHATSAPP, "WhatsApp Toko Nusantara", "628112345001"),
    (ChannelKind.INSTAGRAM, "Instagram @tokonusantara.demo", "tokonusantara.demo"),
    (ChannelKind.FACEBOOK_MESSENGER, "Facebook Toko Nusantara", "tokonusantara"),
    (ChannelKind.TELEGRAM, "Telegram @TokoNusantaraBot", "TokoNusantaraBot"),
    (ChannelKind.LINE, "LINE @tokonusantara", "tokonusantara"),
    (ChannelKind.EMAIL, "E-mail halo@tokonusantara.example", "halo@tokonusantara.example"),
    (ChannelKind.WEBCHAT, "Obrolan di situs", "situs"),
    (ChannelKind.SMS, "SMS", "628112345002"),
    (ChannelKind.PHONE, "Telepon", "622112345003"),
    (ChannelKind.TOKOPEDIA, "Tokopedia Toko Nusantara", "tokonusantara"),
    (ChannelKind.SHOPEE, "Shopee Toko Nusantara", "tokonusantara"),
    (ChannelKind.LAZADA, "Lazada Toko Nusantara", "tokonusantara"),
    (ChannelKind.API, "Kasir toko", "kasir"),
)
"""The default account of each kind: the platform, its name, its id there."""
SECOND_WHATSAPP = ("WhatsApp Cabang Surabaya", "628112345004")

USERS = (
    ("Ratih Kusumawardani", "OWNER"),
    ("Bambang Sutrisno", "ADMIN"),
    ("Lily Tanuwijaya", "ADMIN"),
    ("Siti Nurhaliza Rahman", "AGENT"),
    ("Tigor Hutapea", "AGENT"),
    ("Ni Luh Astiti", "AGENT"),
    ("Asep Supriatna", "AGENT"),
    ("Fatimah Alatas", "AGENT"),
    ("Yohanes Wenda", "AGENT"),
)
MAIL_OF_SHOP = "tokonusantara.example"

PIPELINES: tuple[tuple[PipelineKind, str, tuple[str, ...]], ...] = (
    (PipelineKind.TICKET, "Layanan Pelanggan", ("Baru", "Diproses", "Menunggu", "Selesai")),
    (
        PipelineKind.TICKET,
        "Retur dan Garansi",
        ("Diajukan", "Diperiksa", "Dikirim Ulang", "Selesai"),
    ),
    (
        PipelineKind.DEAL,
        "Penjualan Grosir",
        ("Prospek", "Penawaran", "Negosiasi", "Menang", "Kalah"),
    ),
    (PipelineKind.DEAL, "Kemitraan Reseller", ("Minat", "Seleksi", "Kontrak", "Menang", "Kalah")),
    (PipelineKind.TASK, "Tugas Tim", ("Daftar", "Dikerjakan", "Ditinjau", "Selesai")),
)
GROUPS = (
    "Pelanggan VIP",
    "Reseller Jawa Timur",
    "Anggota Arisan",
    "Pengunjung Pameran",
    "Komunitas Kopi",
)
TAGS: tuple[tuple[str, str | None, str | None], ...] = (
    ("suka kopi", None, None),
    ("suka batik", None, None),
    ("minta katalog", None, None),
    ("komplain", None, None),
    ("reseller", None, None),
    ("hampers", None, None),
    ("belanja besar", "5000000.00", None),
    ("belanja sedang", "1000000.00", "4999999.99"),
)
"""Names, and the range of lifetime value in which customers carry them by themselves."""
PROPERTIES: tuple[tuple[str, str, PropertyType, tuple[str, ...]], ...] = (
    ("birthDate", "Tanggal lahir", PropertyType.DATE, ()),
    ("memberLevel", "Tingkat anggota", PropertyType.SINGLE_SELECT, ("Perunggu", "Perak", "Emas")),
    ("interests", "Minat", PropertyType.MULTI_SELECT, ("Kopi", "Batik", "Kerajinan", "Kuliner")),
    ("householdSize", "Anggota keluarga", PropertyType.NUMBER, ()),
    ("creditLimit", "Batas kredit", PropertyType.DECIMAL, ()),
    ("newsletter", "Langganan kabar", PropertyType.BOOLEAN, ()),
    ("note", "Catatan", PropertyType.TEXT, ()),
)
NOTES = (
    "Minta dihubungi setelah magrib.",
    "Alamat lama, konfirmasi dulu.",
    "Sering memesan untuk kantor.",
    "Titip ke satpam bila kosong.",
)
JOBS = phrases(
    "Guru|Wiraswasta|Dokter|Perawat|Karyawan|Mahasiswa|Petani|Nelayan|Ibu rumah tangga|"
    "Pegawai negeri|Pedagang pasar|Pengemudi|Akuntan|Arsitek|Juru masak|Penulis|Pengrajin"
)

CAMPAIGNS: tuple[tuple[str, ChannelKind, str, int], ...] = (
    (
        "Promo Lebaran",
        ChannelKind.WHATSAPP,
        "Selamat Lebaran, {{1}}! Hampers mulai Rp 425.000.",
        640,
    ),
    ("Harbolnas 12.12", ChannelKind.WHATSAPP, "12.12 sudah dekat, {{1}}. Diskon sampai 40%.", 575),
    ("Kabar Kopi Januari", ChannelKind.EMAIL, "Panen Gayo tiba, {{1}}.", 520),
    ("Imlek Bahagia", ChannelKind.WHATSAPP, "Gong xi fa cai, {{1}}! Lapis legit siap kirim.", 470),
    ("Pameran Inacraft", ChannelKind.WHATSAPP, "Temui kami di Inacraft, {{1}}.", 430),
    ("Batik Hari Kartini", ChannelKind.INSTAGRAM, "Batik Lasem untuk Kartini masa kini.", 400),
    ("Kabar Kopi Mei", ChannelKind.EMAIL, "Toraja Sapan kembali, {{1}}.", 372),
    ("Gratis Ongkir Juni", ChannelKind.WHATSAPP, "Gratis ongkir se-Indonesia, {{1}}.", 338),
    ("Tahun Ajaran Baru", ChannelKind.WHATSAPP, "Bekal sehat untuk anak, {{1}}.", 300),
    ("Merdeka Sale", ChannelKind.WHATSAPP, "Dirgahayu! Diskon 17% untuk {{1}}.", 262),
    ("Hari Batik Nasional", ChannelKind.INSTAGRAM, "Pakai batikmu hari ini.", 214),
    ("Kabar Kopi Oktober", ChannelKind.EMAIL, "Resep kopi tubruk untuk {{1}}.", 190),
    ("Gajian Hemat", ChannelKind.WHATSAPP, "Gajian tiba, {{1}}. Hemat 15% sampai besok.", 150),
    ("Survei Pelanggan", ChannelKind.WHATSAPP, "Bantu kami lebih baik, {{1}}: 3 pertanyaan.", 112),
    ("Panen Madu", ChannelKind.TELEGRAM, "Madu Sumbawa panen pertama.", 84),
    ("Kabar Kopi Akhir Tahun", ChannelKind.EMAIL, "Hampers kopi, {{1}}.", 52),
    ("Pra-pesan Hampers", ChannelKind.WHATSAPP, "Pesan lebih awal, {{1}}, hemat 10%.", 21),
    ("Pengingat Keranjang", ChannelKind.WHATSAPP, "Keranjangmu menunggu, {{1}}.", 3),
)
"""The name, the platform, the template, and how many days ago it was sent."""

ASKED = (
    "Halo kak, {product} masih ada?",
    "Selamat siang, mau tanya ongkir ke {city}.",
    "Kak, pesanan saya sudah dikirim belum ya?",
    "Bisa bayar di tempat (COD) untuk {product}?",
    "Assalamualaikum, ada katalog terbaru?",
    "Min, {product} ready stok?",
    "Pesanan saya datang rusak, bagaimana ya?",
    "Mau pesan 20 {product} untuk kantor, ada harga grosir?",
    "Punten, tokonya buka jam berapa?",
    "Nomor resi saya tidak bisa dilacak.",
)
ANSWERED = (
    "Halo kak, masih tersedia ya. Mau dikirim ke mana?",
    "Terima kasih sudah menghubungi Toko Nusantara. Kami cek dulu ya.",
    "Sudah kami kirim pagi ini, kak. Nomor resi menyusul.",
    "Bisa kak, silakan isi alamat lengkapnya.",
    "Mohon maaf atas kendalanya, kami kirim ulang hari ini.",
    "Ongkirnya Rp 18.000 dengan layanan reguler, kak.",
)
REPLIED = (
    "Oke kak, terima kasih.",
    "Siap, saya transfer sekarang.",
    "Baik, ditunggu ya.",
    "Boleh minta fotonya dulu?",
    "Kalau dua, bisa dapat diskon?",
    "Sudah saya bayar, mohon dicek.",
    "Matur nuwun, mbak.",
)
SUBJECTS = (
    "Pesanan belum sampai",
    "Barang rusak saat diterima",
    "Salah kirim varian",
    "Permintaan faktur pajak",
    "Pengembalian dana",
    "Tidak bisa membayar dengan QRIS",
    "Ubah alamat pengiriman",
    "Ukuran tidak sesuai",
)
DEALS = (
    "Pesanan grosir kopi",
    "Hampers kantor akhir tahun",
    "Seragam batik karyawan",
    "Kemitraan reseller",
    "Suvenir pernikahan",
    "Pasokan kafe bulanan",
)
TASKS = (
    "Telepon kembali",
    "Kirim katalog terbaru",
    "Konfirmasi pembayaran",
    "Kirim sampel produk",
    "Jadwalkan kunjungan",
    "Ucapkan selamat ulang tahun",
)
FAILURES = ("Nomor tidak terdaftar di WhatsApp.", "Kotak surat penuh.", "Diblokir penerima.")
COMPANY_FORMS = ("PT", "CV", "UD", "Toko", "Koperasi")
COMPANY_WORDS = phrases(
    "Maju|Sinar|Cahaya|Karya|Mitra|Bintang|Sumber|Anugerah|Berkah|Surya|Citra|Prima|Tunas|Mega"
)
COMPANY_ENDS = phrases(
    "Jaya|Abadi|Sentosa|Makmur|Mandiri|Lestari|Sejahtera|Utama|Perkasa|Nusantara"
)
INDUSTRIES = (
    "Perdagangan",
    "Perhotelan",
    "Kuliner",
    "Pendidikan",
    "Kesehatan",
    "Logistik",
    "Konstruksi",
)
