package notify

import (
	"strings"
	"time"
	"unicode/utf16"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// smsText fits what matters into one or two SMS.
func smsText(e *tocsin.Engagement, p *store.PageRow, now time.Time) string {
	text := e.PublicSubject
	if e.PublicContent != "" {
		text += ": " + e.PublicContent
	}
	if d := lateBy(p, now); d >= time.Minute {
		text = "(late by " + span(d) + ") " + text
	}
	return fitSMS(oneLine(text), " Acknowledge with code "+p.Code+".")
}

// The alphabet of SMS, and what of it counts twice. A message with any other
// character is sent as UTF-16, which leaves less than half the room.
// Source: 3GPP TS 23.038, section 6.2.1
const (
	gsmOne = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwo = "^{}\\[~]|€\f"
)

// What two segments hold.
const (
	gsmRoom   = 306
	utf16Room = 134
)

// typewriter spells marks that people seldom type on purpose by those of the alphabet.
var typewriter = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‘", "'", "’", "'", "–", "-", "—", "-", "…", "...", "\u00a0", " ", "→", "->")

// fitSMS clips text so that it is one or two segments together with the tail, which
// is of the plain alphabet and stays whole.
func fitSMS(text, tail string) string {
	text = typewriter.Replace(text)
	if kept, plain := clipUnits(text, gsmRoom-len(tail), gsmUnits); plain {
		return kept + tail
	}
	kept, _ := clipUnits(text, utf16Room-len(tail), func(r rune) int { return max(1, utf16.RuneLen(r)) })
	return kept + tail
}

// gsmUnits is how much room a character takes; 0 if the alphabet lacks it.
func gsmUnits(r rune) int {
	switch {
	case strings.ContainsRune(gsmOne, r):
		return 1
	case strings.ContainsRune(gsmTwo, r):
		return 2
	}
	return 0
}

// clipUnits gives as much of a text as there is room for, and whether it could be
// measured: a character of no size ends it.
func clipUnits(text string, room int, units func(rune) int) (string, bool) {
	for at, r := range text {
		n := units(r)
		if n == 0 {
			return "", false
		}
		if room -= n; room < 0 {
			return text[:at], true
		}
	}
	return text, true
}
