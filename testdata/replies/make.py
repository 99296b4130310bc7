"""Writes replies.jsonl: replies as models send them, each with what it says. Run it in this folder after a change."""

import json

Q = "Which chamber of the heart pumps blood into the aorta?"
A = "The left ventricle"
D = ["The right ventricle", "The left atrium", "The right atrium"]
S = "The left ventricle pumps blood into the aorta."
cases = []


def case(kind, reply, question=Q, answer=A, distractors=None, passage=S, n=1):
    cases.append(
        {
            "kind": kind,
            "reply": reply,
            "question": question,
            "answer": answer,
            "distractors": D if distractors is None else distractors,
            "passage": passage,
        }
    )


def js(**members):
    return json.dumps({"exam": [{"quote": S, **members}]}, ensure_ascii=False)


# letter: the answer is a letter or an index of options
O = [D[0], A, D[1], D[2]]
L = [f"{letter}) {text}" for letter, text in zip("ABCD", O)]
case("letter", js(question=Q, options=O, answer="B"))
case("letter", js(question=Q, options=O, answer="b"))
case("letter", js(question=Q, options=L, answer="B"))
case("letter", js(question=Q, options=L, answer="B) The left ventricle"))
case("letter", js(question=Q, options=[f"{l}. {t}" for l, t in zip("ABCD", O)], answer="B."))
case("letter", js(question=Q, options=[f"({l}) {t}" for l, t in zip("abcd", O)], answer="(b)"))
case("letter", js(question=Q, options=[f"{n}. {t}" for n, t in zip("1234", O)], answer=2))
case("letter", js(question=Q, options=dict(zip("ABCD", O)), answer="B"))
case("letter", js(question=Q, options=dict(zip("abcd", O)), correct_answer="B"))
case("letter", js(question=Q, options=[{"label": l, "text": t} for l, t in zip("ABCD", O)], answer="B"))
case("letter", js(question=Q, options=[{l: t} for l, t in zip("ABCD", O)], answer="Option B"))
case("letter", js(question=Q, options=[{"text": t, "is_correct": t == A} for t in O]))
case("letter", js(question=Q, choices=O, correct_index=1))
case("letter", js(question=Q, choices=O, answer_index=1))
case("letter", js(question=Q, choices=O, answer=1))
case("letter", js(question=Q, choices=O, correct_answer="2"))
case("letter", js(question=Q, A=O[0], B=O[1], C=O[2], D=O[3], answer="B"))
case("letter", js(question=Q, option_a=O[0], option_b=O[1], option_c=O[2], option_d=O[3], correct_option="b"))
case("letter", js(question=Q, answer="B", distractors=O))
case("letter", js(question=Q, answer="B", distractors=L))
case("letter", js(question=Q, options="A) {} B) {} C) {} D) {}".format(*O), answer="B"))
case("letter", js(question=Q, options="\n".join(L), answer="Answer: B"))
case("letter", js(question=Q, options=O, answer={"letter": "B", "text": A}))
case("letter", js(question=Q, options=O, answer={"B": A}))
case("letter", js(question=Q, options=O, answer_letter="B"))

# keys: other names and cases of keys, also translated
R = f"Réponse du passage : {A}"
for names in [
    ("Question", "Answer", "Distractors"),
    ("QUESTION", "CORRECT_ANSWER", "INCORRECT_ANSWERS"),
    ("questionText", "correctAnswer", "incorrectAnswers"),
    ("stem", "key", "foils"),
    ("Question text", "Right answer", "Wrong answers"),
    ("question-stem", "correct-option", "wrong-options"),
    ("pregunta", "respuesta_correcta", "distractores"),
    ("Pregunta", "Respuesta", "Respuestas incorrectas"),
    ("énoncé", "bonne réponse", "mauvaises réponses"),
    ("Frage", "richtige Antwort", "falsche Antworten"),
    ("domanda", "risposta corretta", "risposte sbagliate"),
    ("pergunta", "resposta correta", "respostas incorretas"),
    ("vraag", "juiste antwoord", "foute antwoorden"),
    ("pytanie", "poprawna odpowiedź", "błędne odpowiedzi"),
    ("вопрос", "правильный ответ", "неправильные ответы"),
    ("питання", "правильна відповідь", "хибні відповіді"),
    ("soru", "doğru cevap", "çeldiriciler"),
    ("السؤال", "الإجابة الصحيحة", "المشتتات"),
    ("שאלה", "תשובה נכונה", "מסיחים"),
    ("प्रश्न", "सही उत्तर", "गलत उत्तर"),
    ("问题", "正确答案", "干扰项"),
    ("題目", "正確答案", "干擾項"),
    ("問題", "正解", "誤答"),
    ("질문", "정답", "오답"),
    ("câu hỏi", "đáp án đúng", "đáp án sai"),
    ("pertanyaan", "jawaban benar", "pengecoh"),
]:
    case("keys", js(**dict(zip(names, (Q, A, D)))))
case("keys", json.dumps({"questions": [{"evidence": S, "stem": Q, "correct": A, "wrong": D}]}))
case("keys", json.dumps({"question1": {"quote": S, "question": Q, "answer": A, "distractors": D}}))
case("keys", json.dumps([{"cita": S, "pregunta": Q, "opciones": O, "respuesta": A}]))
case("keys", js(question=Q, answer=A, distractor1=D[0], distractor2=D[1], distractor3=D[2]))
case("keys", js(id=1, text=Q, options=O, answer=A))

# quotes: of other kinds, or not escaped
case("quotes", f"{{'exam': [{{'quote': '{S}', 'question': '{Q}', 'answer': '{A}', 'distractors': {D}}}]}}")
case("quotes", str({"exam": [{"quote": S, "question": Q, "answer": A, "distractors": D, "difficulty": None}]}))
case("quotes", "{'question': 'What is the heart's main pump?', 'answer': 'The left ventricle', 'distractors': ['The heart's apex', 'The left atrium', 'The right atrium'], 'quote': '" + S + "'}", question="What is the heart's main pump?", distractors=["The heart's apex", "The left atrium", "The right atrium"])
case("quotes", '{"question": "What is called the "main pump" of the heart?", "answer": "The left ventricle", "distractors": ["The "small" pump", "The left atrium", "The right atrium"], "quote": "' + S + '"}', question='What is called the "main pump" of the heart?', distractors=['The "small" pump', "The left atrium", "The right atrium"])
case("quotes", '{"question": "Who, by "pump", means the ventricle?", "answer": "A "cardiologist"", "distractors": ["A plumber", "A driver", "A painter"], "quote": "' + S + '"}', question='Who, by "pump", means the ventricle?', answer='A "cardiologist"', distractors=["A plumber", "A driver", "A painter"])
case("quotes", "{“quote”: “" + S + "”, “question”: “" + Q + "”, “answer”: “" + A + "”, “distractors”: [“" + "”, “".join(D) + "”]}")
case("quotes", '{quote: "' + S + '", question: "' + Q + '", answer: "' + A + '", distractors: ["' + '", "'.join(D) + '"]}')
case("quotes", "{\"quote\": `" + S + "`, \"question\": `" + Q + "`, \"answer\": `" + A + "`, \"distractors\": " + json.dumps(D) + "}")

# json: nearly, wrapped, in strings
OK = {"quote": S, "question": Q, "answer": A, "distractors": D}
whole = json.dumps({"exam": [OK]})
case("json", f"Sure! Here is the exam:\n\n```json\n{whole}\n```\nLet me know if you need more.")
case("json", json.dumps(whole))
case("json", json.dumps({"exam": json.dumps([OK])}))
case("json", json.dumps({"result": json.dumps({"exam": [json.dumps(OK)]})}))
case("json", whole.replace('"', '\\"'))
case("json", '{"exam": [ // the questions\n {"quote": "' + S + '", /* proof */ "question": "' + Q + '", # stem\n "answer": "' + A + '", "distractors": ' + json.dumps(D) + "}]}")
case("json", whole.replace("}]}", ",},]}"))
case("json", '{"quote": "' + S + '"\n "question": "' + Q + '"\n "answer": "' + A + '"\n "distractors": ["' + '"\n "'.join(D) + '"]}')
case("json", '{"exam": [{"quote": "' + S + '", "question": "' + Q + '", "answer": "' + A + '", "distractors": ' + json.dumps(D) + "]}")
case("json", whole[:-2])
case("json", json.dumps({"name": "write_exam", "arguments": {"exam": [OK]}}))
case("json", json.dumps({"name": "write_exam", "arguments": json.dumps({"exam": [OK]})}))
case("json", "<tool_call>\n" + json.dumps({"name": "exam", "arguments": {"exam": [OK]}}) + "\n</tool_call>")
case("json", json.dumps([{"type": "text", "text": whole}]))
case("json", "\ufeff" + whole)
case("json", "exam = " + str({"exam": [OK]}))
case("json", whole + "\n" + '{"exam": [{"question": "Which')

# distractors: in every shape
case("distractors", js(question=Q, answer=A, distractors=dict(zip("ABC", D))))
case("distractors", js(question=Q, answer=A, distractors=dict(zip(["1", "2", "3"], D))))
case("distractors", js(question=Q, answer=A, distractors="; ".join(D)))
case("distractors", js(question=Q, answer=A, distractors=", ".join(D)))
case("distractors", js(question=Q, answer=A, distractors="\n".join(D)))
case("distractors", js(question=Q, answer=A, distractors="\n".join(f"- {d}" for d in D)))
case("distractors", js(question=Q, answer=A, distractors="1. {} 2. {} 3. {}".format(*D)))
case("distractors", js(question=Q, answer=A, distractors=" | ".join(D)))
case("distractors", js(question=Q, answer=A, distractors=[{"text": d} for d in D]))
case("distractors", js(question=Q, answer=A, distractors=[{"text": d, "explanation": "It does not."} for d in D]))
case("distractors", js(question=Q, answer=A, distractors=[{"option": d, "reason": "wrong side"} for d in D]))
case("distractors", js(question=Q, answer=A, distractors=[{"distractor": d, "why": "wrong"} for d in D]))
case("distractors", js(question=Q, answer=A, distractors=[{"id": n, "value": d} for n, d in enumerate(D, 1)]))
case("distractors", js(question=Q, answer=A, distractors=[[d] for d in D]))
case("distractors", js(question=Q, answer=A, distractors=O))
case("distractors", js(question=Q, answer="the left ventricle.", distractors=O), answer=A)
case("distractors", js(question=Q, answer=A, distractors=L))
case("distractors", js(question=Q, answer=A, options=D))
case("distractors", js(question=Q, answer=[A], distractors=D))
case("distractors", js(question=Q, answers=[A], distractors=D))
case("distractors", js(question={"text": Q}, answer={"text": A}, distractors=[{"text": d} for d in D]))

# labels, emphasis, hidden characters
case("labels", js(question="Question 2: " + Q, answer=A, distractors=D))
case("labels", js(question="1. " + Q, answer=A, distractors=D))
case("labels", js(question="Q3) " + Q, answer=A, distractors=D))
case("labels", js(question="**Question:** " + Q, answer=A, distractors=D))
case("labels", js(question=Q, answer="A) " + A, distractors=["B) " + D[0], "C) " + D[1], "D) " + D[2]]))
case("labels", js(question=Q, answer="B. " + A, distractors=["A. " + D[0], "C. " + D[1], "D. " + D[2]]))
case("labels", js(question=Q, answer="1. " + A, distractors=["2. " + D[0], "3. " + D[1], "4. " + D[2]]))
case("labels", js(question=Q, answer="(a) " + A, distractors=["(b) " + D[0], "(c) " + D[1], "(d) " + D[2]]))
case("labels", js(question=Q, answer=A, distractors=["A. " + D[0], "B. " + D[1], "C. " + D[2]]))
case("labels", js(question=Q, answer="Option A: " + A, distractors=["Option B: " + D[0], "Option C: " + D[1], "Option D: " + D[2]]))
case("labels", js(question=Q, answer="Correct answer: " + A, distractors=D))
case("labels", js(question="**" + Q + "**", answer="**" + A + "**", distractors=[f"*{d}*" for d in D]))
case("labels", js(question="Which chamber of the heart **pumps** blood into the *aorta*?", answer=A, distractors=D))
case("labels", js(question="### " + Q, answer="__" + A + "__", distractors=D))
case("labels", js(question=Q, answer="**A)** " + A, distractors=["**B)** " + D[0], "**C)** " + D[1], "**D)** " + D[2]]))
case("labels", js(question="Which chamber of the heart pumps blood into the\u200b aorta?", answer="\ufeffThe left\u00ad ventricle", distractors=D))
case("labels", js(question=Q + "\u0000", answer=A + "\u0000", distractors=D))
case("labels", js(question="Which chamber of the heart pumps &quot;blood&quot; into the aorta?", answer=A, distractors=D), question='Which chamber of the heart pumps "blood" into the aorta?')
case("labels", js(question=Q, answer="The left ventricle &amp; valve", distractors=["The right ventricle &amp; valve", "The left atrium &#38; valve", "The right atrium &#x26; valve"]), answer="The left ventricle & valve", distractors=["The right ventricle & valve", "The left atrium & valve", "The right atrium & valve"])
case("labels", js(question="Which of these worms has 302 nerve cells?", answer="C. elegans", distractors=["E. coli", "B. subtilis", "A. niger"]), question="Which of these worms has 302 nerve cells?", answer="C. elegans", distractors=["E. coli", "B. subtilis", "A. niger"])
case("labels", js(question="Which blood group do most people in Peru have?", answer="O", distractors=["A", "B", "AB"]), question="Which blood group do most people in Peru have?", answer="O", distractors=["A", "B", "AB"])
case("labels", js(question="Which vitamin is ascorbic acid?", answer="C", distractors=["A", "D", "K"]), question="Which vitamin is ascorbic acid?", answer="C", distractors=["A", "D", "K"])

# latex: backslashes that were not doubled
def raw(question, answer, *distractors):
    text = '{"exam": [{"quote": "%s", "question": "%s", "answer": "%s", "distractors": ["%s", "%s", "%s"]}]}' % (S, question, answer, *distractors)
    case("latex", text, question, answer, list(distractors))


raw(r"What is the slope of $y = \frac{1}{2}x$?", r"$\frac{1}{2}$", r"$\frac{2}{1}$", r"$-\frac{1}{2}$", r"$\frac{1}{4}$")
raw(r"What is $3 \times 4$?", r"$12 \times 1$", r"$7 \times 1$", r"$3 \times 3$", r"$4 \times 4$")
raw(r"Which coefficient is \beta in the model?", r"\beta_1 > 0", r"\beta_1 < 0", r"\theta = 0", r"\rho = 1")
raw(r"What does $\underbrace{x+x}_{2x}$ add up to?", r"$\textbf{2x}$", r"$\text{x}$", r"$x^2$", r"$\tau$")
raw(r"Where does Windows keep its users by default?", r"C:\users", r"C:\new", r"C:\temp", r"C:\bin")
raw(r"Which folder holds Node on this machine?", r"D:\Program Files\nodejs", r"D:\tools\node", r"D:\run\node", r"D:\files\node")
raw(r"Which operator is the gradient?", r"\nabla f", r"\neq f", r"\nu_f", r"\Delta f")
raw(r"Which is true of $x \ne 0$?", r"$x \neq 0$", r"$x \notin \mathbb{R}$", r"$x \to 0$", r"$x \rightarrow \infty$")
raw(r"What is \(\bar{x}\) called?", r"The \emph{mean}", r"The \emph{mode}", r"The \emph{range}", r"The \emph{sum}")
raw(r"Which is $\binom{4}{2}$?", r"$\binom{4}{2} = 6$", r"$\binom{4}{2} = 4$", r"$\binom{4}{2} = 8$", r"$\binom{4}{2} = 2$")
raw(r"Which pattern finds a word border?", r"\bword\b", r"\dword\d", r"\sword\s", r"\wword\w")
case("latex", js(question=r"What is the slope of $y = \frac{1}{2}x$?", answer=r"$\frac{1}{2}$", distractors=[r"$\tfrac{2}{1}$", r"$\times 2$", r"$\beta$"]), r"What is the slope of $y = \frac{1}{2}x$?", r"$\frac{1}{2}$", [r"$\tfrac{2}{1}$", r"$\times 2$", r"$\beta$"])
case("latex", '{"exam": [{"quote": "' + S + '", "question": "Which angle\\nis right?", "answer": "90\\u00b0", "distractors": ["45\\u00b0", "60\\u00b0", "180\\u00b0"]}]}', "Which angle is right?", "90°", ["45°", "60°", "180°"])

# text: YAML and prose
y = f"""exam:
  - quote: "{S}"
    kind: recall
    question: {Q}
    answer: {A}
    distractors:
      - {D[0]}
      - {D[1]}
      - '{D[2]}'
    difficulty: easy
"""
case("text", y)
case("text", "```yaml\n" + y + "```")
case("text", f"- question: |\n    {Q}\n  answer: {A}\n  distractors: [{D[0]}, {D[1]}, {D[2]}]\n  quote: {S}\n")
case("text", f"1. {Q}\nA) {O[0]}\nB) {O[1]}\nC) {O[2]}\nD) {O[3]}\nAnswer: B\nQuote: \"{S}\"\n")
case("text", f"**Question 1:** {Q}\n\nA. {O[0]}\nB. {O[1]}\nC. {O[2]}\nD. {O[3]}\n\n**Correct answer:** B. {A}\n**Quote:** {S}\n")
case("text", f"### Question 1\n{Q}\n\n- A) {O[0]}\n- B) {O[1]}\n- C) {O[2]}\n- D) {O[3]}\n\n**Answer:** B\n\n**Evidence:** {S}\n")
case("text", f"Quote: {S}\nQuestion: {Q}\nAnswer: {A}\nDistractors:\n- {D[0]}\n- {D[1]}\n- {D[2]}\n")
case("text", f"Question: {Q}\nAnswer: {A}\nDistractors: {D[0]}; {D[1]}; {D[2]}\nQuote: {S}\n")
case("text", f"Here are the questions you asked for:\n\nQuestion: {Q}\nOptions:\n1. {O[0]}\n2. {O[1]}\n3. {O[2]}\n4. {O[3]}\nCorrect answer: 2\nQuote: {S}\n")
case("text", f"Pregunta: {Q}\nRespuesta correcta: {A}\nDistractores:\n1) {D[0]}\n2) {D[1]}\n3) {D[2]}\nCita: {S}\n")
case("text", f"1) {Q}\n   a) {O[0]}\n   b) {O[1]} (correct)\n   c) {O[2]}\n   d) {O[3]}\n   Quote: {S}\n")
case("text", f"1. {Q}\nA) {O[0]} B) {O[1]} C) {O[2]} D) {O[3]}\nAnswer: B\nQuote: {S}\n")

# shapes of other models and languages: marks, letters of other scripts, groups, tables, tags
QUOTE, STEM = S, Q


def item(**k):
    return {"exam": [{"quote": QUOTE, "question": STEM, **k}]}


def odd(kind, reply, question=STEM, answer=A, distractors=None):
    text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
    case(kind, text, question, answer, distractors or D)


ITEM = json.dumps({"quote": QUOTE, "question": STEM, "answer": A, "distractors": D})
odd("letter",item(options=O,answer=["B"]))
odd("letter",item(options=O,answer="B: The left ventricle"))
odd("letter",item(options=O,answer="The correct answer is B."))
odd("letter",item(options=O,answer="(B) The left ventricle"))
odd("letter",item(options=["A: "+O[0],"B: "+O[1],"C: "+O[2],"D: "+O[3]],correct="B"))
odd("letter",item(options=["A - "+O[0],"B - "+O[1],"C - "+O[2],"D - "+O[3]],answer="B - "+A))
odd("letter",item(options=[["A",O[0]],["B",O[1]],["C",O[2]],["D",O[3]]],answer="B"))
odd("letter",item(options={"option1":O[0],"option2":O[1],"option3":O[2],"option4":O[3]},answer="option2"))
odd("letter",item(options={"A":{"text":O[0],"correct":False},"B":{"text":O[1],"correct":True},"C":{"text":O[2],"correct":False},"D":{"text":O[3],"correct":False}}))
odd("letter",item(options=[{"id":"a","content":O[0]},{"id":"b","content":O[1]},{"id":"c","content":O[2]},{"id":"d","content":O[3]}],correctOptionId="b"))
odd("letter",item(options=[{"option":"A","text":O[0]},{"option":"B","text":O[1]},{"option":"C","text":O[2]},{"option":"D","text":O[3]}],correct_option="B"))
odd("letter",item(options=[{"answer":O[0],"correct":"no"},{"answer":O[1],"correct":"yes"},{"answer":O[2],"correct":"no"},{"answer":O[3],"correct":"no"}]))
odd("letter",item(answers=[{"text":O[0],"isCorrect":"false"},{"text":O[1],"isCorrect":"true"},{"text":O[2],"isCorrect":"false"},{"text":O[3],"isCorrect":"false"}]))
odd("letter",item(options=[O[0],"*"+O[1],O[2],O[3]],answer="*"+A))
odd("letter",item(options=["①"+O[0],"②"+O[1],"③"+O[2],"④"+O[3]],answer="②"))
odd("letter",item(options=["Ａ．"+O[0],"Ｂ．"+O[1],"Ｃ．"+O[2],"Ｄ．"+O[3]],answer="Ｂ"))
odd("letter",item(options=["А) "+O[0],"Б) "+O[1],"В) "+O[2],"Г) "+O[3]],answer="Б"))
odd("letter",item(options=["أ) "+O[0],"ب) "+O[1],"ج) "+O[2],"د) "+O[3]],answer="ب"))
odd("letter",item(options=["ア. "+O[0],"イ. "+O[1],"ウ. "+O[2],"エ. "+O[3]],answer="イ"))
odd("letter",item(options=["I. "+O[0],"II. "+O[1],"III. "+O[2],"IV. "+O[3]],answer="II"))
odd("keys",{"quiz":{"items":[{"quote":QUOTE,"prompt":STEM,"correct_response":A,"incorrect_responses":D}]}})
odd("keys",{"Exam":{"Question 1":{"Quote":QUOTE,"Question":STEM,"Answer":A,"Distractors":D}}})
odd("keys",item(answer=A,incorrect_options=D))
odd("keys",item(solution=A,alternatives=D))
odd("keys",{"exam":[{"quote":QUOTE,"question":STEM,"answer":A,"distractors":D,"explanation":"It \"pumps\" {hard}.","metadata":{"question_type":"mcq","answer_type":"single"}}]})
odd("keys",{"exam":[{"source_quote":QUOTE,"mcq":STEM,"correct_choice":A,"distractor_options":D}]})
odd("keys",{"exam":[{"supporting_text":QUOTE,"question_text":STEM,"ground_truth":A,"false_answers":D}]})
odd("keys",{"properties":{"exam":{"items":[{"quote":QUOTE,"question":STEM,"answer":A,"distractors":D}]}},"type":"object"})
odd("keys",{"exam":[{"quote":QUOTE,"quêstion":STEM,"réponse correcte":A,"leurres":D}]})
odd("quotes","{\"exam\": [{\"quote\": «%s», \"question\": «%s», \"answer\": «%s», \"distractors\": [«%s», «%s», «%s»]}]}"%(QUOTE,STEM,A,*D))
odd("quotes","{\"exam\": [{\"quote\": \"\"\"%s\"\"\", \"question\": \"\"\"%s\"\"\", \"answer\": \"%s\", \"distractors\": %s}]}"%(QUOTE,STEM,A,json.dumps(D)))
odd("quotes","{“exam”： [{“quote”： “%s”， “question”： “%s”， “answer”： “%s”， “distractors”： [“%s”， “%s”， “%s”]}]}"%(QUOTE,STEM,A,*D))
odd("quotes","{&quot;exam&quot;: [{&quot;quote&quot;: &quot;%s&quot;, &quot;question&quot;: &quot;%s&quot;, &quot;answer&quot;: &quot;%s&quot;, &quot;distractors&quot;: [&quot;%s&quot;, &quot;%s&quot;, &quot;%s&quot;]}]}"%(QUOTE,STEM,A,*D))
odd("json","<think>\nLet me write {\"question\": \"draft\"}.\n</think>\n{\"exam\": ["+ITEM+"]}")
odd("json","[TOOL_CALLS] [{\"name\": \"exam\", \"arguments\": {\"exam\": ["+ITEM+"]}}]</s>")
odd("json","<|channel|>final<|message|>{\"exam\": ["+ITEM+"]}<|return|>")
odd("json","<exam>\n"+ITEM+"\n</exam>")
odd("json","```jsonl\n"+ITEM+"\n```")
odd("json","{\"exam\": {\"0\": "+ITEM+"}}")
odd("json","({\"exam\": ["+ITEM+"]})")
odd("json","{{\"exam\": [{"+ITEM+"}]}}")
odd("json","{\"exam\": ["+ITEM[:-1]+",  ... ]}]}")
odd("json","{\"type\": \"function\", \"function\": {\"name\": \"exam\", \"arguments\": "+json.dumps("{\"exam\": ["+ITEM+"]}")+"}}")
odd("json","{\"answer\": "+json.dumps("{\"exam\": ["+ITEM+"]}")+"}")
odd("distractors",item(answer=A,distractors={"distractor_1":D[0],"distractor_2":D[1],"distractor_3":D[2]}))
odd("distractors",item(answer=A,distractors=[{"A":D[0]},{"B":D[1]},{"C":D[2]}]))
odd("distractors",item(answer=A,distractors=" / ".join(D)))
odd("distractors",item(answer=A,distractors=json.dumps(D)))
odd("distractors",item(answer=A,distractors=[D[0]+";",D[1]+";",D[2]+"."]),distractors=[D[0]+";",D[1]+";",D[2]+"."])
odd("distractors",item(answer=A,distractors=[D[0]+" (incorrect)",D[1]+" (incorrect)",D[2]+" (incorrect)"]))
odd("distractors",item(answer=A+" (correct)",distractors=D))
odd("distractors",item(correct_answer=A,all_options=O))
odd("distractors",item(answer=A,distractors={"plausible":D[:2],"subtle":D[2:]}))
odd("distractors",item(answer={"value":A,"explanation":"so it is"},distractors=D))
odd("text","| Question | Answer | Distractor 1 | Distractor 2 | Distractor 3 | Quote |\n|---|---|---|---|---|---|\n| %s | %s | %s | %s | %s | %s |"%(STEM,A,*D,QUOTE))
odd("text","<question>%s</question>\n<answer>%s</answer>\n<distractor>%s</distractor>\n<distractor>%s</distractor>\n<distractor>%s</distractor>\n<quote>%s</quote>"%(STEM,A,*D,QUOTE))
odd("text","[[exam]]\nquote = \"%s\"\nquestion = \"%s\"\nanswer = \"%s\"\ndistractors = %s\n"%(QUOTE,STEM,A,json.dumps(D)))
odd("text","Q1: %s\na. %s\nb. %s\nc. %s\nd. %s\nAns: b\nEvidence: \"%s\""%(STEM,*O,QUOTE))
odd("text","%s\n\nA) %s\nB) %s ✔\nC) %s\nD) %s\n\nQuote: %s"%(STEM,*O,QUOTE))
odd("text","1. %s\n- [ ] %s\n- [x] %s\n- [ ] %s\n- [ ] %s\nQuote: %s"%(STEM,*O,QUOTE))
odd("text","1. **%s**\n   - A. %s\n   - **B. %s**\n   - C. %s\n   - D. %s\n\n   *Correct Answer:* **B**\n   *Quote:* %s"%(STEM,*O,QUOTE))
odd("text","问题：%s\n选项：\nA. %s\nB. %s\nC. %s\nD. %s\n答案：B\n引文：%s"%(STEM,*O,QUOTE))
odd("text","Question: %s\n\nCorrect Answer: %s\n\nIncorrect Answers:\n1. %s\n2. %s\n3. %s\n\nSupporting Quote: \"%s\""%(STEM,A,*D,QUOTE))
odd("latex",'{"exam": [{"quote": "%s", "question": "What is $\\\\(\\frac{\\nu}{\\rho}\\\\)$?", "answer": "$\\nu/\\rho$", "distractors": ["$\\rho/\\nu$", "$\\tan x$", "$\\vec{v}$"]}]}'%QUOTE, question="What is $\\(\\frac{\\nu}{\\rho}\\)$?",answer="$\\nu/\\rho$",distractors=["$\\rho/\\nu$","$\\tan x$","$\\vec{v}$"])

with open("replies.jsonl", "w", encoding="utf-8") as file:
    for row in cases:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
print(len(cases), "replies")
