// A QR code, dark on light in either theme, as cameras want it.

import { encode } from 'uqr';
import { useMemo } from 'preact/hooks';

interface Props {
  text: string;
  /** Words for who does not see it. */
  label: string;
}

export function QrCode({ text, label }: Props) {
  const { data, size } = useMemo(() => encode(text, { border: 4 }), [text]);
  const dark = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')));
  return (
    <svg class="qr-code" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={dark.join('')} fill="#000" />
    </svg>
  );
}
