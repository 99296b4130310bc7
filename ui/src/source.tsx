// The source of a question: its document, and every id from there to the question.

import { Fragment } from 'preact';
import type { ReviewRecord } from './api';
import { useMessages, type Messages } from './i18n';

type LineageKey = keyof Messages['passage']['lineageKeys'];
const LINEAGE: LineageKey[] = ['document', 'document_id', 'chunk_id', 'question_id', 'generation_model'];

export function Source({ record }: { record: ReviewRecord }) {
  const { passage } = useMessages();
  const known = LINEAGE.filter((key) => record.metadata[key] !== undefined);
  if (known.length === 0) return null;
  const document = record.metadata['document'] ?? record.metadata['document_id'];
  return (
    <details class="source">
      <summary title={passage.lineage}>{String(document ?? passage.lineage)}</summary>
      <dl>
        {known.map((key) => (
          <Fragment key={key}>
            <dt>{passage.lineageKeys[key]}</dt>
            <dd>{String(record.metadata[key])}</dd>
          </Fragment>
        ))}
      </dl>
    </details>
  );
}
