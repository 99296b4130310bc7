// The kinds of questions the page can ask. A new one is a file beside this and a line in `questionKinds`.

import type { ComponentType } from 'preact';
import type { Question } from '../api';
import { LabelQuestion } from './label';
import type { QuestionProps } from './props';
import { TextQuestion } from './text';

export const questionKinds: Record<Question['settings']['type'], ComponentType<QuestionProps>> = {
  label_selection: LabelQuestion,
  text: TextQuestion,
};
