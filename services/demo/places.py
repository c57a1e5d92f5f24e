"""Places: provinces, regencies and cities, districts and sub-districts of Indonesia.

One line a district: the province, the regency or city, the district, and sub-districts with their
post codes. All 38 provinces are there (Law 29/2022 made the newest). The weight of a province is
roughly its share of the people who buy on-line.
"""

from typing import NamedTuple


class Place(NamedTuple):
    """A sub-district with all that it lies in."""

    province: str
    regency_city: str
    district: str
    subdistrict: str
    zip_code: str


DISTRICTS = """
Aceh|Kota Banda Aceh|Kuta Alam|Bandar Baru 23126, Beurawe 23124, Peunayong 23122
Aceh|Kota Banda Aceh|Baiturrahman|Ateuk Pahlawan 23241, Peuniti 23241
Aceh|Kota Langsa|Langsa Kota|Gampong Jawa 24411, Paya Bujok Blang Pase 24414
Sumatera Utara|Kota Medan|Medan Baru|Babura 20154, Padang Bulan 20155, Petisah Hulu 20153
Sumatera Utara|Kota Medan|Medan Polonia|Anggrung 20152, Polonia 20157, Sari Rejo 20157
Sumatera Utara|Kabupaten Deli Serdang|Lubuk Pakam|Lubuk Pakam Pekan 20517, Syahmad 20517
Sumatera Utara|Kabupaten Toba|Balige|Napitupulu Bagasan 22312, Pardede Onan 22312
Sumatera Barat|Kota Padang|Padang Barat|Belakang Tangsi 25118, Olo 25117, Purus 25115
Sumatera Barat|Kota Bukittinggi|Guguk Panjang|Benteng Pasar Atas 26113, Tarok Dipo 26117
Riau|Kota Pekanbaru|Senapelan|Kampung Bandar 28155, Padang Terubuk 28155
Riau|Kota Dumai|Dumai Kota|Bintan 28812, Laksamana 28811
Jambi|Kota Jambi|Telanaipura|Simpang IV Sipin 36124, Telanaipura 36122
Jambi|Kabupaten Muaro Jambi|Jambi Luar Kota|Mendalo Darat 36361, Mendalo Indah 36361
Sumatera Selatan|Kota Palembang|Ilir Barat I|Bukit Lama 30139, Lorok Pakjo 30137, Siring Agung 30138
Sumatera Selatan|Kota Palembang|Ilir Timur I|18 Ilir 30124, 20 Ilir D I 30126
Sumatera Selatan|Kota Lubuklinggau|Lubuklinggau Timur I|Air Kuti 31626, Taba Jemekeh 31625
Bengkulu|Kota Bengkulu|Ratu Agung|Kebun Tebeng 38227, Nusa Indah 38224
Bengkulu|Kabupaten Rejang Lebong|Curup|Air Rambai 39119, Talang Benih 39119
Lampung|Kota Bandar Lampung|Kedaton|Kedaton 35148, Sidodadi 35147, Surabaya 35148
Lampung|Kota Metro|Metro Pusat|Imopuro 34111, Hadimulyo Barat 34113
Kepulauan Bangka Belitung|Kota Pangkalpinang|Taman Sari|Batin Tikal 33121, Rawa Bangun 33121
Kepulauan Bangka Belitung|Kabupaten Belitung|Tanjung Pandan|Kota 33411, Parit 33411
Kepulauan Riau|Kota Batam|Lubuk Baja|Batu Selicin 29444, Lubuk Baja Kota 29444
Kepulauan Riau|Kota Batam|Batam Kota|Belian 29464, Teluk Tering 29461
Kepulauan Riau|Kota Tanjungpinang|Tanjungpinang Barat|Bukit Cermin 29112, Kemboja 29112
DKI Jakarta|Kota Jakarta Pusat|Menteng|Cikini 10330, Gondangdia 10350, Menteng 10310
DKI Jakarta|Kota Jakarta Pusat|Tanah Abang|Bendungan Hilir 10210, Karet Tengsin 10220
DKI Jakarta|Kota Jakarta Selatan|Kebayoran Baru|Melawai 12160, Senayan 12190, Selong 12110
DKI Jakarta|Kota Jakarta Selatan|Tebet|Tebet Barat 12810, Tebet Timur 12820
DKI Jakarta|Kota Jakarta Barat|Kebon Jeruk|Duri Kepa 11510, Kebon Jeruk 11530, Kedoya Utara 11520
DKI Jakarta|Kota Jakarta Timur|Duren Sawit|Duren Sawit 13440, Pondok Bambu 13430
DKI Jakarta|Kota Jakarta Timur|Jatinegara|Cipinang Cempedak 13340, Kampung Melayu 13320
DKI Jakarta|Kota Jakarta Utara|Kelapa Gading|Kelapa Gading Barat 14240, Pegangsaan Dua 14250
Jawa Barat|Kota Bandung|Coblong|Cipaganti 40131, Dago 40135, Lebak Gede 40132
Jawa Barat|Kota Bandung|Lengkong|Burangrang 40262, Cijagra 40265, Turangga 40264
Jawa Barat|Kota Bekasi|Bekasi Selatan|Jaka Setia 17147, Kayuringin Jaya 17144, Pekayon Jaya 17148
Jawa Barat|Kota Bogor|Bogor Tengah|Babakan 16128, Pabaton 16121, Sempur 16129
Jawa Barat|Kota Depok|Beji|Beji 16421, Kemiri Muka 16423, Pondok Cina 16424
Jawa Barat|Kota Cirebon|Kejaksan|Kejaksan 45123, Kesenden 45121, Sukapura 45122
Jawa Barat|Kabupaten Sukabumi|Cisaat|Cisaat 43152, Sukamanah 43152
Jawa Barat|Kota Tasikmalaya|Tawang|Empangsari 46113, Kahuripan 46115
Jawa Tengah|Kota Semarang|Candisari|Jatingaleh 50254, Kaliwiru 50253, Wonotingal 50252
Jawa Tengah|Kota Semarang|Tembalang|Bulusan 50277, Sendangmulyo 50272, Tembalang 50275
Jawa Tengah|Kota Surakarta|Laweyan|Kerten 57143, Laweyan 57148, Purwosari 57142
Jawa Tengah|Kabupaten Banyumas|Purwokerto Timur|Kranji 53116, Sokanegara 53115
Jawa Tengah|Kabupaten Kudus|Kota Kudus|Barongan 59312, Panjunan 59317
Jawa Tengah|Kota Magelang|Magelang Tengah|Cacaban 56121, Kemirirejo 56122
DI Yogyakarta|Kota Yogyakarta|Gondokusuman|Baciro 55225, Demangan 55221, Terban 55223
DI Yogyakarta|Kabupaten Sleman|Depok|Caturtunggal 55281, Condongcatur 55283, Maguwoharjo 55282
DI Yogyakarta|Kabupaten Bantul|Kasihan|Ngestiharjo 55182, Tirtonirmolo 55181
Jawa Timur|Kota Surabaya|Gubeng|Airlangga 60286, Gubeng 60281, Mojo 60285
Jawa Timur|Kota Surabaya|Wonokromo|Darmo 60241, Jagir 60244, Ngagel 60246
Jawa Timur|Kota Malang|Lowokwaru|Dinoyo 65144, Lowokwaru 65141, Tlogomas 65144
Jawa Timur|Kabupaten Sidoarjo|Waru|Pepelegi 61256, Tropodo 61256, Waru 61256
Jawa Timur|Kabupaten Jember|Sumbersari|Kebonsari 68122, Sumbersari 68121, Tegal Gede 68124
Jawa Timur|Kabupaten Banyuwangi|Banyuwangi|Kepatihan 68411, Penganjuran 68416
Jawa Timur|Kota Kediri|Mojoroto|Bandar Lor 64114, Mojoroto 64112
Banten|Kota Tangerang|Cipondoh|Cipondoh 15148, Ketapang 15147, Poris Plawad 15141
Banten|Kota Tangerang Selatan|Serpong|Cilenggang 15310, Lengkong Gudang 15310, Rawa Buntu 15318
Banten|Kota Serang|Serang|Cipare 42117, Sumur Pecung 42118
Bali|Kota Denpasar|Denpasar Selatan|Renon 80226, Sanur 80228, Sesetan 80223
Bali|Kabupaten Badung|Kuta|Kuta 80361, Legian 80361, Seminyak 80361
Bali|Kabupaten Gianyar|Ubud|Mas 80571, Peliatan 80571, Ubud 80571
Bali|Kabupaten Buleleng|Buleleng|Banyuasri 81116, Kaliuntu 81114
Nusa Tenggara Barat|Kota Mataram|Mataram|Mataram Timur 83121, Pagesangan 83127, Pejanggik 83122
Nusa Tenggara Barat|Kabupaten Lombok Timur|Selong|Pancor 83611, Selong 83611
Nusa Tenggara Timur|Kota Kupang|Oebobo|Fatululi 85111, Oebobo 85111
Nusa Tenggara Timur|Kabupaten Manggarai Barat|Komodo|Labuan Bajo 86754, Wae Kelambu 86754
Kalimantan Barat|Kota Pontianak|Pontianak Kota|Darat Sekip 78117, Sungai Jawi 78115
Kalimantan Barat|Kota Singkawang|Singkawang Barat|Melayu 79122, Pasiran 79123
Kalimantan Tengah|Kota Palangka Raya|Jekan Raya|Menteng 73112, Palangka 73112
Kalimantan Tengah|Kabupaten Kotawaringin Barat|Arut Selatan|Madurejo 74112, Sidorejo 74111
Kalimantan Selatan|Kota Banjarmasin|Banjarmasin Tengah|Antasan Besar 70114, Teluk Dalam 70117
Kalimantan Selatan|Kota Banjarbaru|Banjarbaru Utara|Komet 70714, Loktabat Utara 70712
Kalimantan Timur|Kota Samarinda|Samarinda Ulu|Air Hitam 75124, Sidodadi 75123
Kalimantan Timur|Kota Balikpapan|Balikpapan Kota|Klandasan Ilir 76113, Klandasan Ulu 76112
Kalimantan Utara|Kota Tarakan|Tarakan Barat|Karang Anyar 77111, Karang Balik 77111
Kalimantan Utara|Kabupaten Bulungan|Tanjung Selor|Tanjung Selor Hilir 77211, Jelarai Selor 77216
Sulawesi Utara|Kota Manado|Wenang|Wenang Selatan 95111, Wenang Utara 95111
Sulawesi Utara|Kota Tomohon|Tomohon Tengah|Kolongan 95441, Matani Satu 95443
Sulawesi Tengah|Kota Palu|Palu Timur|Besusu Barat 94111, Besusu Tengah 94111
Sulawesi Tengah|Kabupaten Poso|Poso Kota|Kasintuwu 94619, Sayo 94619
Sulawesi Selatan|Kota Makassar|Panakkukang|Masale 90231, Pampang 90231, Panaikang 90231
Sulawesi Selatan|Kota Makassar|Rappocini|Banta-Bantaeng 90222, Gunung Sari 90221
Sulawesi Selatan|Kota Parepare|Soreang|Bukit Harapan 91131, Ujung Baru 91131
Sulawesi Tenggara|Kota Kendari|Kadia|Bende 93117, Kadia 93115
Sulawesi Tenggara|Kota Baubau|Wolio|Bataraguru 93717, Wale 93711
Gorontalo|Kota Gorontalo|Kota Selatan|Biawao 96114, Limba B 96115
Gorontalo|Kabupaten Gorontalo|Limboto|Hunggaluwa 96211, Kayubulan 96212
Sulawesi Barat|Kabupaten Mamuju|Mamuju|Binanga 91511, Rimuku 91511
Sulawesi Barat|Kabupaten Polewali Mandar|Polewali|Madatte 91314, Pekkabata 91315
Maluku|Kota Ambon|Sirimau|Batu Meja 97127, Honipopu 97126, Karang Panjang 97121
Maluku|Kota Tual|Pulau Dullah Selatan|Ketsoblak 97611, Masrum 97611
Maluku Utara|Kota Ternate|Ternate Tengah|Gamalama 97712, Salahuddin 97719
Maluku Utara|Kota Tidore Kepulauan|Tidore|Gamtufkange 97813, Indonesiana 97813
Papua|Kota Jayapura|Jayapura Selatan|Entrop 99224, Numbay 99223
Papua|Kabupaten Jayapura|Sentani|Hinekombe 99352, Sentani Kota 99352
Papua Barat|Kabupaten Manokwari|Manokwari Barat|Padarni 98311, Sanggeng 98312
Papua Barat|Kabupaten Fakfak|Fakfak|Fakfak Selatan 98611, Fakfak Utara 98612
Papua Selatan|Kabupaten Merauke|Merauke|Karang Indah 99614, Mandala 99616
Papua Tengah|Kabupaten Nabire|Nabire|Karang Mulia 98815, Nabarua 98814
Papua Tengah|Kabupaten Mimika|Mimika Baru|Koperapoka 99910, Kwamki 99910
Papua Pegunungan|Kabupaten Jayawijaya|Wamena|Batas Batu 99511, Wamena Kota 99511
Papua Barat Daya|Kota Sorong|Sorong|Klaligi 98413, Remu Utara 98416
Papua Barat Daya|Kabupaten Raja Ampat|Kota Waisai|Sapordanco 98482, Waisai Kota 98482
"""

SHARES = {
    "Jawa Barat": 16,
    "DKI Jakarta": 15,
    "Jawa Timur": 13,
    "Jawa Tengah": 11,
    "Banten": 6,
    "Sumatera Utara": 5,
    "Sulawesi Selatan": 4,
    "Bali": 4,
    "DI Yogyakarta": 4,
    "Sumatera Selatan": 3,
    "Lampung": 2,
    "Riau": 2,
    "Sumatera Barat": 2,
    "Kalimantan Timur": 2,
}
"""Of provinces, where it is not 1."""


def read_places() -> dict[str, list[Place]]:
    """All places by province."""
    found: dict[str, list[Place]] = {}
    for line in DISTRICTS.strip().splitlines():
        province, regency_city, district, subdistricts = line.split("|")
        for each in subdistricts.split(", "):
            name, zip_code = each.rsplit(" ", 1)
            place = Place(province, regency_city, district, name, zip_code)
            found.setdefault(province, []).append(place)
    return found


PLACES = read_places()
PROVINCES = tuple(PLACES)
PROVINCE_SHARES = tuple(SHARES.get(province, 1) for province in PROVINCES)
