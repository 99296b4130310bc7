// What the checks remarked on a question and what is known about it: shown once it is answered, so that it leads nobody.

import { Fragment } from 'preact';
import type { ReviewRecord } from './api';
import { useMessages, type Messages } from './i18n';

type FactKey = keyof Messages['findings']['facts'];
const FACTS: FactKey[] = ['section', 'page', 'kind', 'difficulty'];

/** True if there is something to show. */
export const hasFindings = (record: ReviewRecord): boolean =>
  remarksOf(record).length > 0 || FACTS.some((key) => record.metadata[key] !== undefined);

export function Findings({ record, lang }: { record: ReviewRecord; lang: string | undefined }) {
  const { findings } = useMessages();
  const remarks = remarksOf(record);
  const known = FACTS.filter((key) => record.metadata[key] !== undefined);
  const words: Record<string, string> = findings.words;
  return (
    <section class="findings" aria-label={findings.title}>
      {remarks.length > 0 && (
        <>
          <h2>{findings.remarks}</h2>
          <ul>
            {remarks.map((remark) => (
              <li key={remark} dir="auto">
                {remark}
              </li>
            ))}
          </ul>
        </>
      )}
      <dl>
        {known.map((key) => {
          const value = String(record.metadata[key]);
          return (
            <Fragment key={key}>
              <dt>{findings.facts[key]}</dt>
              <dd dir="auto" lang={key === 'section' ? lang : undefined}>
                {words[value] ?? value}
              </dd>
            </Fragment>
          );
        })}
      </dl>
    </section>
  );
}

function remarksOf(record: ReviewRecord): string[] {
  const remarks: unknown = record.metadata['remarks'];
  return Array.isArray(remarks) ? remarks.map(String) : [];
}
