"""Writes unseen.jsonl: 200 questions that were written after the checks were done; nothing was tuned on them.

A line: language | flaws | quote | stem | key | distractor | distractor | distractor. `=` instead of a quote: none is needed.
"""

import json

CLEAN = """
en||The Panama Canal opened to traffic in August 1914 after ten years of work under the United States.|When did the Panama Canal open to traffic?|August 1914|August 1904|May 1889|June 1921
en||Penicillin blocks the enzyme that links the chains of the bacterial cell wall.|Which part of a bacterium does penicillin weaken?|The cell wall|The ribosome|The flagellum|The plasmid
en||Under the lease, the tenant must give two months' notice before leaving the flat.|How much notice must the tenant give before leaving the flat?|Two months|Two weeks|Six months|One year
en||A hash table looks up a key in constant time on average.|What is the average time of a lookup in a hash table?|Constant|Logarithmic|Linear|Quadratic
en||The compressor shuts down if the oil pressure falls below 1.2 bar.|At which oil pressure does the compressor shut down?|Below 1.2 bar|Below 0.4 bar|Below 2.5 bar|Below 4.0 bar
en||Sourdough rises because wild yeast and lactic acid bacteria ferment the flour.|What makes sourdough rise?|Fermentation by wild yeast and bacteria|Steam from the oven's walls|Baking soda in the flour|Air that was beaten into the egg whites
en||The Treaty of Westphalia ended the Thirty Years' War in 1648.|Which war did the Treaty of Westphalia end?|The Thirty Years' War|The Hundred Years' War|The Seven Years' War|The War of the Spanish Succession
en||In TCP, the receiver tells the sender how many bytes it can take by the window field.|Which field of TCP tells how many bytes the receiver can take?|Window|Checksum|Offset|Urgent pointer
en||A glider pilot circles in rising warm air to gain height.|How does a glider gain height?|By circling in rising warm air|By diving into cold air|By lowering its flaps|By dropping its ballast
en||Iron deficiency is the commonest cause of anaemia worldwide.|What is the commonest cause of anaemia worldwide?|Iron deficiency|Vitamin B12 deficiency|Sickle cell disease|Chronic kidney disease
en||Basalt forms when lava rich in magnesium and iron cools quickly at the surface.|Which rock forms from quickly cooled lava rich in iron and magnesium?|Basalt|Granite|Marble|Sandstone
en||A will must be signed by the testator in the presence of two witnesses.|How many witnesses must be present when a will is signed?|Two|One|Four|Six
en||The relay K3 opens the bypass valve when the tank is full.|What does the relay K3 do when the tank is full?|It opens the bypass valve|It stops the feed pump|It sounds the alarm horn|It drains the tank
en||Monarch butterflies of eastern North America winter in the mountains of central Mexico.|Where do monarch butterflies of eastern North America spend the winter?|In the mountains of central Mexico|On the coast of Florida|In the forests of Ontario|On the islands of the Caribbean
en||Aspirin inhibits cyclooxygenase and so the making of prostaglandins.|Which enzyme does aspirin inhibit?|Cyclooxygenase|Lipoxygenase|Xanthine oxidase|Carbonic anhydrase
en||The index file is rebuilt with the command reindex --all.|Which command rebuilds the index file?|reindex --all|index --check|rebuild --force|reindex --dry-run
en||The Doppler effect raises the pitch of a source that approaches the listener.|What happens to the pitch of a siren that approaches?|It rises|It falls|It stays the same|It vanishes
en||Bees see ultraviolet light, which guides them to nectar.|Which light guides bees to nectar?|Ultraviolet|Infrared|Microwave|Red
en||A fixed-rate mortgage keeps the same interest for the whole term.|What stays the same over the term of a fixed-rate mortgage?|The interest rate|The price of the house|The market value|The tax rate
en||Vermeer painted The Milkmaid around 1658 in Delft.|In which town was The Milkmaid painted?|Delft|Leiden|Haarlem|Utrecht
en||The drug is given at 2 mg per kilogram of body weight, divided into two doses.|What is the daily dose for a patient of 40 kg at 2 mg per kilogram?|80 mg|20 mg|40 mg|160 mg
en||A backup is complete when its checksum has been compared with the source.|When is a backup complete?|After its checksum was compared|After the disk was unmounted|After the log was rotated|After the job was queued
en||The Nile perch was introduced into Lake Victoria in the 1950s.|Which fish was introduced into Lake Victoria in the 1950s?|The Nile perch|The Nile tilapia|The common carp|The rainbow trout
en||Photosystem II splits water and releases oxygen.|Which complex releases oxygen in photosynthesis?|Photosystem II|Photosystem I|ATP synthase|Cytochrome c oxidase
en||In chess, castling moves the king two squares towards a rook.|How far does the king move when castling?|Two squares|One square|Three squares|Four squares
en||The gasket is replaced every 500 operating hours.|How often is the gasket replaced?|Every 500 hours|Every 50 hours|Every 1,000 hours|Every 5,000 hours
en||Sickle cell disease is caused by one changed base in the gene of beta globin.|Which gene is changed in sickle cell disease?|Beta globin|Alpha globin|Factor VIII|Dystrophin
en||The appeal must be lodged within 21 days of the decision.|Within what time must an appeal be lodged?|21 days|7 days|14 days|42 days
en||Cork comes from the bark of an oak of the western Mediterranean.|From which tree does cork come?|An oak|A pine|A beech|A poplar
en||The flag -n limits the output to the given number of lines.|What does the flag -n limit?|The number of lines|The size of the file|The depth of folders|The number of retries
es||El Tratado de Tordesillas se firmó en 1494 entre Castilla y Portugal.|¿Entre qué reinos se firmó el Tratado de Tordesillas?|Castilla y Portugal|Aragón y Francia|Inglaterra y Escocia|Navarra y Borgoña
es||La insulina se guarda en el frigorífico entre 2 y 8 grados.|¿A qué temperatura se guarda la insulina?|Entre 2 y 8 grados|Entre 10 y 15 grados|Entre 20 y 25 grados|Entre 30 y 35 grados
es||El arrendatario puede desistir del contrato una vez transcurridos seis meses.|¿Cuándo puede desistir el arrendatario del contrato?|Pasados seis meses|Pasado un mes|Pasados dos años|Pasados cinco años
es||La fotosíntesis produce glucosa y libera oxígeno.|¿Qué gas libera la fotosíntesis?|Oxígeno|Nitrógeno|Metano|Hidrógeno
es||El filtro de aire del compresor se limpia cada 200 horas.|¿Con qué frecuencia se limpia el filtro de aire del compresor?|Cada 200 horas|Cada 20 horas|Cada 800 horas|Cada 2000 horas
es||El Guernica de Picasso se conserva en el Museo Reina Sofía.|¿En qué museo se conserva el Guernica?|El Reina Sofía|El Prado|El Thyssen|El Sorolla
es||La tiroides segrega tiroxina, que regula el metabolismo.|¿Qué glándula segrega tiroxina?|La tiroides|La hipófisis|El páncreas|La suprarrenal
es||El volcán Teide es el pico más alto de España.|¿Cuál es el pico más alto de España?|El Teide|El Mulhacén|El Aneto|El Almanzor
es||El servidor responde con el código 404 si no encuentra el recurso.|¿Con qué código responde el servidor si falta el recurso?|404|200|301|500
es||La hiperpotasemia aplana la onda P del electrocardiograma.|¿Qué onda del electrocardiograma aplana la hiperpotasemia?|La onda P|La onda Q|La onda U|La onda delta
es||La Constitución española fue aprobada en referéndum en 1978.|¿En qué año se aprobó en referéndum la Constitución española?|1978|1931|1975|1986
es||El cobre conduce la electricidad mejor que el hierro.|¿Qué metal conduce mejor la electricidad que el hierro?|El cobre|El plomo|El titanio|El mercurio
es||La abeja reina vive hasta cinco años.|¿Cuánto vive como máximo una abeja reina?|Cinco años|Seis semanas|Ocho meses|Veinte años
es||El sulfato de magnesio se administra en la eclampsia para prevenir convulsiones.|¿Para qué se administra sulfato de magnesio en la eclampsia?|Para prevenir convulsiones|Para bajar la fiebre|Para detener la hemorragia|Para inducir el parto
es||El Ebro desemboca en el Mediterráneo formando un delta.|¿Dónde desemboca el Ebro?|En el Mediterráneo|En el Cantábrico|En el Atlántico|En el mar de Alborán
es||El testigo debe declarar bajo juramento o promesa.|¿Cómo debe declarar el testigo?|Bajo juramento o promesa|Por medio de un abogado|Ante un notario|Con el rostro cubierto
es||La válvula de seguridad se abre a 6 bar.|¿A qué presión se abre la válvula de seguridad?|6 bar|2 bar|10 bar|16 bar
es||El arroz se remoja treinta minutos antes de cocerlo.|¿Cuánto tiempo se remoja el arroz antes de cocerlo?|Treinta minutos|Cinco minutos|Dos horas|Doce horas
es||El ácido fólico previene los defectos del tubo neural.|¿Qué previene el ácido fólico?|Los defectos del tubo neural|Las cataratas congénitas|El labio leporino del padre|La sordera del recién nacido
es||Los glóbulos rojos carecen de núcleo.|¿De qué carecen los glóbulos rojos?|De núcleo|De membrana|De hemoglobina|De hierro
fr||Le traité de Rome fut signé le 25 mars 1957.|Quand le traité de Rome fut-il signé ?|Le 25 mars 1957|Le 9 mai 1950|Le 7 février 1992|Le 13 décembre 2007
fr||La vanne de purge se ferme au bout de trente secondes.|Au bout de combien de temps la vanne de purge se ferme-t-elle ?|Trente secondes|Trois minutes|Dix minutes|Une heure
fr||Le pancréas sécrète l'insuline et le glucagon.|Quel organe sécrète le glucagon ?|Le pancréas|Le foie|La rate|La thyroïde
fr||Le locataire doit un préavis de trois mois.|Quel préavis le locataire doit-il ?|Trois mois|Quinze jours|Un an|Deux ans
fr||La Garonne se jette dans l'Atlantique par l'estuaire de la Gironde.|Dans quelle mer la Garonne se jette-t-elle ?|L'Atlantique|La Méditerranée|La Manche|La mer du Nord
fr||Le fichier de configuration se trouve dans le dossier etc.|Dans quel dossier se trouve le fichier de configuration ?|etc|var|tmp|opt
fr||Les abeilles communiquent la direction du nectar par une danse.|Comment les abeilles communiquent-elles la direction du nectar ?|Par une danse|Par un chant|Par une couleur|Par un frottement
fr||Le bore est ajouté au verre pour le rendre résistant à la chaleur.|Quel élément rend le verre résistant à la chaleur ?|Le bore|Le plomb|Le sodium|Le fer
de||Der Motor schaltet bei einer Öltemperatur von 130 Grad ab.|Bei welcher Öltemperatur schaltet der Motor ab?|130 Grad|60 Grad|90 Grad|210 Grad
de||Der Westfälische Friede wurde 1648 in Münster und Osnabrück geschlossen.|In welchem Jahr wurde der Westfälische Friede geschlossen?|1648|1555|1618|1713
de||Die Leber speichert Glykogen.|Welches Organ speichert Glykogen?|Die Leber|Die Milz|Die Niere|Die Lunge
de||Die Kündigungsfrist beträgt drei Monate zum Monatsende.|Wie lang ist die Kündigungsfrist?|Drei Monate|Zwei Wochen|Ein Jahr|Zwei Jahre
de||Der Dichtring wird nach jedem Öffnen des Ventils ersetzt.|Was wird nach dem Öffnen des Ventils ersetzt?|Der Dichtring|Die Feder|Das Gehäuse|Der Griff
de||Quecksilber ist bei Raumtemperatur flüssig.|Welches Metall ist bei Raumtemperatur flüssig?|Quecksilber|Blei|Zinn|Zink
de||Der Bodensee grenzt an Deutschland, Österreich und die Schweiz.|An wie viele Staaten grenzt der Bodensee?|Drei|Zwei|Vier|Fünf
de||Die Sicherung F2 schützt den Heizkreis.|Welche Sicherung schützt den Heizkreis?|F2|F1|F4|F7
it||La valvola di scarico si apre a 4 bar.|A quale pressione si apre la valvola di scarico?|4 bar|1 bar|9 bar|15 bar
it||Il Tevere sfocia nel mar Tirreno.|In quale mare sfocia il Tevere?|Nel Tirreno|Nell'Adriatico|Nello Ionio|Nel Ligure
it||Il fegato produce la bile.|Quale organo produce la bile?|Il fegato|La milza|Il rene|Il cuore
pt||O prazo de recurso é de quinze dias.|Qual é o prazo de recurso?|Quinze dias|Dois meses|Um ano|Três horas
pt||O rio Douro desagua no Porto.|Em que cidade desagua o rio Douro?|No Porto|Em Lisboa|Em Aveiro|Em Faro
pt||A insulina baixa a glicose do sangue.|Qual hormona baixa a glicose do sangue?|A insulina|O glucagon|O cortisol|A adrenalina
nl||De pomp stopt bij een druk van 8 bar.|Bij welke druk stopt de pomp?|8 bar|2 bar|12 bar|20 bar
nl||De Waal is een tak van de Rijn.|Van welke rivier is de Waal een tak?|De Rijn|De Maas|De Schelde|De Eems
pl||Wisła wpada do Morza Bałtyckiego.|Do jakiego morza wpada Wisła?|Do Bałtyckiego|Do Czarnego|Do Północnego|Do Śródziemnego
pl||Zawór otwiera się przy ciśnieniu 6 barów.|Przy jakim ciśnieniu otwiera się zawór?|6 barów|1 bar|12 barów|30 barów
ru||Насос отключается при давлении 8 бар.|При каком давлении отключается насос?|8 бар|2 бар|12 бар|20 бар
ru||Печень вырабатывает жёлчь.|Какой орган вырабатывает жёлчь?|Печень|Почка|Селезёнка|Сердце
ru||Волга впадает в Каспийское море.|В какое море впадает Волга?|В Каспийское|В Чёрное|В Азовское|В Белое
tr||Pompa 8 bar basınçta durur.|Pompa hangi basınçta durur?|8 bar|2 bar|12 bar|20 bar
zh||泵在压力达到八巴时停止。|泵在多大压力时停止？|八巴|两巴|十二巴|二十巴
zh||肝脏产生胆汁。|哪个器官产生胆汁？|肝脏|肾脏|脾脏|心脏
zh||长江流入东海。|长江流入哪个海？|东海|黄海|南海|渤海
ja||ポンプは圧力が八バールになると停止する。|ポンプはどの圧力で停止しますか。|八バール|二バール|十二バール|二十バール
ja||肝臓は胆汁を作る。|胆汁を作る臓器はどれですか。|肝臓|腎臓|脾臓|心臓
ko||간은 담즙을 만든다.|담즙을 만드는 기관은 무엇입니까?|간|신장|비장|심장
ar||تتوقف المضخة عند ضغط ثمانية بار.|عند أي ضغط تتوقف المضخة؟|ثمانية بار|بار واحد|عشرون بار|ثلاثون بار
hi||यकृत पित्त बनाता है।|कौन सा अंग पित्त बनाता है?|यकृत|गुर्दा|प्लीहा|हृदय
en||The ferry to the island leaves at nine in the morning from pier four.|From which pier does the ferry to the island leave?|Pier four|Pier one|Pier six|Pier nine
en||Resin hardens within a day at room temperature.|How long does resin take to harden at room temperature?|A day|An hour|A week|A month
fr||Le moteur s'arrête quand la porte s'ouvre.|Que fait le moteur quand la porte s'ouvre ?|Il s'arrête|Il accélère|Il tourne à l'envers|Il chauffe
es||El barniz seca en doce horas.|¿Cuánto tarda en secar el barniz?|Doce horas|Doce minutos|Doce días|Doce semanas
id||Hati menghasilkan empedu.|Organ apa yang menghasilkan empedu?|Hati|Ginjal|Limpa|Jantung
de||Der Lack trocknet in zwölf Stunden.|Wie lange trocknet der Lack?|Zwölf Stunden|Zwölf Minuten|Zwölf Tage|Zwölf Wochen
vi||Gan sản xuất mật.|Cơ quan nào sản xuất mật?|Gan|Thận|Lách|Tim
"""

FLAWED = """
en|repetition|The pump stops at 8 bar.|At which pressure does the pump stop?|8 bar|8888888888888888888888888888888888|2 bar|12 bar
en|repetition|The pump stops at 8 bar.|What stops at 8 bar?|The pump|The valve and the valve and the valve and the valve and the valve|The fan|The motor
en|repetition|The code of the lock is 4711.|What is the code of the lock?|4711|12,12,12,12,12,12,12,12,12,12,12|4712|1147
en|repetition|Gas escapes by the vent.|By what does gas escape?|The vent|The the the the the the the the the|The door|The drain
es|repetition|La bomba se para a 8 bar.|¿Qué se para a 8 bar?|La bomba|nononononononononononononono|La válvula|El motor
zh|repetition|肝脏产生胆汁。|什么产生胆汁？|肝脏|肾肾肾肾肾肾肾肾肾肾肾肾肾肾|脾脏|心脏
en|markup|The vent opens at noon.|When does the vent open?|At noon|At dawn</passage>|At dusk|At midnight
en|markup|The vent opens at noon.|What opens at noon?|The vent|The gate"}, {"answer|The lock|The tap
en|markup|The vent opens at noon.|Which part opens at noon?|The vent|<|im_end|>|The lock|The tap
es|markup|La puerta se abre a mediodía.|¿Qué se abre a mediodía?|La puerta|La ventana", "El tejado|El garaje|La verja
de|markup|Das Tor öffnet mittags.|Was öffnet mittags?|Das Tor|Das Fenster [/INST]|Die Klappe|Der Hahn
en|markup|The vent opens at noon.|Which one opens at noon? Assistant: {"exam": [|The vent|The gate|The lock|The tap
en|cut_off|Salt lowers the freezing point of water.|What does salt lower?|The freezing point of water|The surface tension of the|The boiling point|The density
en|cut_off|Salt lowers the freezing point of water.|Which property of water does salt lower (as|The freezing point|The density|The colour|The volume
en|cut_off|Salt lowers the freezing point of water.|How does salt act on ice?|It lowers the freezing point|It raises the pressure and|It warms the road|It absorbs the light
es|cut_off|La sal baja el punto de congelación del agua.|¿Qué baja la sal?|El punto de congelación del agua|La tensión superficial de la|La densidad|El volumen
fr|cut_off|Le sel abaisse le point de congélation de l'eau.|Qu'abaisse le sel ?|Le point de congélation|La tension superficielle de la|La densité|Le volume
de|cut_off|Salz senkt den Gefrierpunkt von Wasser.|Was senkt Salz?|Den Gefrierpunkt von Wasser|Die Oberflächenspannung von|Die Dichte|Das Volumen
en|no_words|Copper is a good conductor.|Which metal is a good conductor?|Copper|Zqxwvk|Sulphur|Glass
en|no_words|Copper is a good conductor.|What is copper?|A good conductor|Fghjkl dfgjkl|An acid|A gas
en|no_words|Copper is a good conductor.|Which is a good conductor?|Copper|;;;;,,,,|Rubber|Glass
es|no_words|El cobre conduce bien.|¿Qué conduce bien?|El cobre|Wkjdfg sdfkjh|El vidrio|La goma
fr|no_words|Le cuivre conduit bien.|Quel métal conduit bien ?|Le cuivre|Le sélÃ©nium|Le verre|Le bois
ru|no_words|Медь хорошо проводит ток.|Что хорошо проводит ток?|Медь|Стeкло|Дерево|Резина
en|quoted_distractor|The kidney filters about 180 litres of plasma a day.|How much plasma does the kidney filter a day?|18 litres|180 litres|1,800 litres|8 litres
en|quoted_distractor|Gutenberg printed the Bible in Mainz.|Where did Gutenberg print the Bible?|In Cologne|In Mainz|In Speyer|In Strasbourg
en|quoted_distractor|The north gate closes at six in the evening.|Which gate closes at six in the evening?|The south gate|The north gate|The west gate|The east gate
en|quoted_distractor|Zinc protects steel from rust.|What protects steel from rust?|Nickel|Zinc|Tin|Lead
es|quoted_distractor|Colón zarpó de Palos en agosto de 1492.|¿De qué puerto zarpó Colón en agosto de 1492?|De Cádiz|De Palos|De Vigo|De Sevilla
es|quoted_distractor|El riñón filtra unos 180 litros de plasma al día.|¿Cuánto plasma filtra el riñón al día?|18 litros|180 litros|50 litros|900 litros
fr|quoted_distractor|Le zinc protège l'acier de la rouille.|Qu'est-ce qui protège l'acier de la rouille ?|Le nickel|Le zinc|L'étain|Le plomb
de|quoted_distractor|Zink schützt Stahl vor Rost.|Was schützt Stahl vor Rost?|Nickel|Zink|Zinn|Blei
ru|quoted_distractor|Цинк защищает сталь от ржавчины.|Что защищает сталь от ржавчины?|Никель|Цинк|Олово|Свинец
zh|quoted_distractor|锌保护钢铁不生锈。|什么保护钢铁不生锈？|镍|锌合金|锌|铅
en|too_long|=|What did the committee decide?|LONG|To wait|To leave|To vote
fr|too_long|=|Que décida le comité ?|D'attendre|LONG|De partir|De voter
en|combined|=|Which gas is heavier than air?|Carbon dioxide|Helium|Methane|A and B
en|combined|=|Which of these burn? 1. Wood 2. Stone 3. Oil|1 and 3|1 and 2|2 and 3|1, 2 and 3
en|combined|=|Which gas is lighter than air?|Helium|Argon|Radon|Each of these gases
en|combined|=|Which gas does not burn?|Argon|Methane|Hydrogen|None listed here
es|combined|=|¿Qué gas es más pesado que el aire?|El dióxido de carbono|El helio|El metano|A y B
es|combined|=|¿Qué gas es más ligero que el aire?|El helio|El argón|El radón|Todos los anteriores
fr|combined|=|Quel gaz est plus lourd que l'air ?|Le dioxyde de carbone|L'hélium|Le méthane|Aucune de ces réponses
de|combined|=|Welches Gas ist schwerer als Luft?|Kohlendioxid|Helium|Methan|Alle genannten Gase
it|combined|=|Quale gas è più pesante dell'aria?|Anidride carbonica|Elio|Metano|Nessuna delle precedenti
pt|combined|=|Qual gás é mais pesado do que o ar?|Dióxido de carbono|Hélio|Metano|Todas as anteriores
ru|combined|=|Какой газ тяжелее воздуха?|Углекислый газ|Гелий|Метан|Ни один из перечисленных
pl|combined|=|Który gaz jest cięższy od powietrza?|Dwutlenek węgla|Hel|Metan|Wszystkie powyższe
zh|combined|=|哪种气体比空气重？|二氧化碳|氦气|甲烷|以上都不是
ja|combined|=|空気より重い気体はどれですか。|二酸化炭素|ヘリウム|メタン|AとC
ko|combined|=|공기보다 무거운 기체는 무엇입니까?|이산화탄소|헬륨|메탄|위의 모두
tr|combined|=|Hangi gaz havadan ağırdır?|Karbondioksit|Helyum|Metan|Hiçbiri
vi|combined|=|Khí nào nặng hơn không khí?|Cacbon đioxit|Heli|Metan|Tất cả đều đúng
ar|combined|=|أي غاز أثقل من الهواء؟|ثاني أكسيد الكربون|الهيليوم|الميثان|جميع ما سبق
hi|combined|=|कौन सी गैस हवा से भारी है?|कार्बन डाइऑक्साइड|हीलियम|मीथेन|उपरोक्त सभी
en|negative|=|Which of these organs does not filter blood?|The lung|The kidney|The liver|The spleen
es|negative|=|¿Cuál de estos órganos no filtra la sangre?|El pulmón|El riñón|El hígado|El bazo
fr|negative|=|Lequel de ces organes ne filtre pas le sang ?|Le poumon|Le rein|Le foie|La rate
de|negative|=|Welches dieser Organe filtert kein Blut?|Die Lunge|Die Niere|Die Leber|Die Milz
it|negative|=|Quale di questi organi non filtra il sangue?|Il polmone|Il rene|Il fegato|La milza
nl|negative|=|Welk orgaan filtert geen bloed?|De long|De nier|De lever|De milt
ru|negative|=|Какой из этих органов не фильтрует кровь?|Лёгкое|Почка|Печень|Селезёнка
zh|negative|=|下列哪个器官不过滤血液？|肺|肾|肝|脾
ja|negative|=|血液をろ過しない臓器はどれですか。|肺|腎臓|肝臓|脾臓
ko|negative|=|혈액을 거르지 않는 기관은 무엇입니까?|폐|신장|간|비장
en|no_absolute_terms|=|How does the valve act?|It closes slowly|It never leaks|It vibrates|It sticks
en|no_absolute_terms|=|What follows a cut?|A scar|Pain in every case|Fever|Shock
es|no_absolute_terms|=|¿Cómo actúa la válvula?|Se cierra despacio|Jamás pierde|Vibra|Se atasca
de|no_absolute_terms|=|Wie wirkt das Ventil?|Es schließt langsam|Es leckt niemals|Es zittert|Es klemmt
pt|no_absolute_terms|=|Como atua a válvula?|Fecha devagar|Nunca vaza|Vibra|Emperra
en|no_vague_terms|=|How does the valve act?|It closes slowly|It sometimes leaks|It vibrates|It sticks
es|no_vague_terms|=|¿Cómo actúa la válvula?|Se cierra despacio|A veces pierde|Vibra|Se atasca
fr|no_vague_terms|=|Comment agit la vanne ?|Elle se ferme lentement|Elle fuit parfois|Elle vibre|Elle se bloque
it|no_vague_terms|=|Come agisce la valvola?|Si chiude piano|Talvolta perde|Vibra|Si blocca
en|no_logical_cues|=|Who discovered radium?|Marie Curie|1898|Lise Meitner|Ernest Rutherford
en|no_logical_cues|=|Where is the spare key?|In the drawer|Where is it?|Under the mat|In the car
es|no_logical_cues|=|¿Quién descubrió el radio?|Marie Curie|1898|Lise Meitner|Ernest Rutherford
de|no_logical_cues|=|Wer entdeckte das Radium?|Marie Curie|12 kg|Lise Meitner|Ernest Rutherford
en|no_convergence_cues|=|How is the alloy?|Hard and light|Hard and heavy|Soft and light|Brittle and dark
en|no_convergence_cues|=|Which therapy is right?|Heparin and oxygen|Heparin and saline|Aspirin and oxygen|Insulin and glucose
es|no_convergence_cues|=|¿Cómo es la aleación?|Dura y ligera|Dura y pesada|Blanda y ligera|Frágil y oscura
en|equal_length_options|=|Why is the lid vented?|To let steam out|To keep the cook from burning the back of the hand when lifting it|To cool the pot|To save gas
es|equal_length_options|=|¿Por qué tiene agujero la tapa?|Para que salga el vapor|Para que el cocinero no se queme el dorso de la mano al levantarla|Para enfriar|Para ahorrar
en|grammatical_consistency|=|Why is oil added to the gearbox?|To reduce friction|To carry heat away|To keep out dust|Corrosion of the teeth
es|grammatical_consistency|=|¿Por qué se añade aceite a la caja de cambios?|Para reducir la fricción|Para evacuar calor|Para frenar el polvo|Corrosión de los dientes
en|focused_stem|=|The capital of Australia|Canberra|Sydney|Perth|Hobart
es|focused_stem|=|La capital de Australia es|Canberra|Sídney|Perth|Hobart
fr|focused_stem|=|La capitale de l'Australie est|Canberra|Sydney|Perth|Hobart
en|unfocused|=|Which of these is correct?|Whales are mammals|Sharks are mammals|Squids are fish|Eels are snakes
es|unfocused|=|¿Cuál de estas opciones es cierta?|La ballena es un mamífero|El tiburón es un mamífero|El calamar es un pez|La anguila es un reptil
en|nested|=|Which symptoms has the flu?|Fever and cough|Fever|Rash|Jaundice
fr|nested|=|Quels symptômes donne la grippe ?|La fièvre et la toux|La fièvre|Une éruption|Un ictère
de|nested|=|Welche Zeichen hat die Grippe?|Fieber und Husten|Fieber|Ausschlag|Gelbsucht
en|echo|=|What does a thermometer show?|The thermal state|The weight|The speed|The colour
en|blank|=|The ______ carries blood to the heart.|vein|artery|nerve|bone
es|blank|=|La ______ lleva la sangre al corazón.|vena|arteria|aorta|tráquea
en|longest_key|=|Why does iron rust?|Because it reacts with the oxygen and the water of the air|Because it melts|Because it bends|Because it dries
en|source_reference|=|As the text explains, why does iron rust?|It reacts with oxygen|It melts|It bends|It dries
es|overlap|=|¿Cuántos huesos tiene la mano?|De 20 a 30|De 25 a 40|50|60
fr|no_absolute_terms|=|Comment agit la vanne ?|Elle se ferme lentement|Elle fuit toujours|Elle vibre|Elle se bloque
en|overlap|=|How many bones has the hand?|20 to 30|25 to 40|50|60
en|plausible_distractors|=|What is the capital of France?|Paris|A banana|The Moon|Seventeen sad horses
en|single_best_answer|=|How is rubber best described?|Elastic|Stretchy|Rigid|Brittle
en|no_extraneous_info|=|Water, which many people enjoy on hot days and which children love, boils at what temperature at sea level?|100 °C|80 °C|90 °C|120 °C
"""

LONG = "The committee decided to wait. " * 60


def row(line):
    # A `|` stands in one token of a chat template.
    parts = line.replace("<|im_end|>", "\0").split("|")
    language, flaws, quote, stem, key, *distractors = [part.replace("\0", "<|im_end|>").replace("LONG", LONG.strip()) for part in parts]
    assert len(distractors) == 3, line
    question = {
        "language": language,
        "flaws": [flaws] if flaws else [],
        "document": "various",
        "question": stem,
        "answer": key,
        "distractors": distractors,
    }
    if quote != "=":
        question["quote"] = question["passage"] = quote
    return question


rows = [row(line) for part in (CLEAN, FLAWED) for line in part.strip().splitlines()]
same = "The alarm rings twice when the door of the cold room is left open."
first = {"question": "How often does the alarm of the cold room ring for an open door?", "answer": "Twice"}
again = {
    "language": "en",
    "flaws": ["duplicate"],
    "document": "various",
    "question": "If somebody forgets to shut the cold room, what number of signals is heard?",
    "answer": "Twice",
    "distractors": ["Once", "Four times", "Ten times"],
    "quote": same,
    "passage": same,
    "after": [first],
}
rows.append(again)
with open("unseen.jsonl", "w") as file:
    for question in rows:
        file.write(json.dumps(question, ensure_ascii=False) + "\n")
print(len(rows), sum(not question["flaws"] for question in rows))
