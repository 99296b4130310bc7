// The page's icons, drawn in the colour of the text around them. Words beside them say what they mean.

import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const SunIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="3.5" />
    <path d="M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.5 1.5M14.2 14.2l1.5 1.5M4.3 15.7l1.5-1.5M14.2 5.8l1.5-1.5" />
  </Icon>
);

export const MoonIcon = () => (
  <Icon>
    <path d="M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7z" />
  </Icon>
);

export const SystemIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.5" />
    <path class="filled" d="M10 3.5a6.5 6.5 0 0 1 0 13z" />
  </Icon>
);

export const HelpIcon = () => (
  <Icon>
    <rect x="2" y="5" width="16" height="10" rx="2" />
    <path d="M5 8h.01M8 8h.01M11 8h.01M14.5 8h.01M6.5 12h7" />
  </Icon>
);

export const BookIcon = () => (
  <Icon>
    <path d="M4 3.5h9.5a2 2 0 0 1 2 2v11H6a2 2 0 0 1-2-2zM4 14.5a2 2 0 0 1 2-2h9.5" />
  </Icon>
);

export const AccountIcon = () => (
  <Icon>
    <circle cx="10" cy="6.5" r="3" />
    <path d="M3.5 17a6.5 6.5 0 0 1 13 0" />
  </Icon>
);

export const LogoutIcon = () => (
  <Icon>
    <path d="M8 3.5H5a1.5 1.5 0 0 0-1.5 1.5v10A1.5 1.5 0 0 0 5 16.5h3M12.5 13.5L16 10l-3.5-3.5M16 10H7.5" />
  </Icon>
);

export const ChevronIcon = () => (
  <Icon>
    <path d="M7.5 5l5 5-5 5" />
  </Icon>
);

export const PenIcon = () => (
  <Icon>
    <path d="M13.2 3.8l3 3L7 16l-3.7.7L4 13z" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="M4 10.5l4 4L16.5 5.5" />
  </Icon>
);

export const UndoIcon = () => (
  <Icon>
    <path d="M7.5 4L4 7.5 7.5 11M4 7.5h8a4 4 0 0 1 0 8H8" />
  </Icon>
);
