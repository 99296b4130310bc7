// Puts the page into the document.

import { render } from 'preact';
import { App } from './app';
import './styles/base.css';
import './styles/frame.css';
import './styles/question.css';

const root = document.getElementById('app');
if (root) render(<App />, root);
