package wire

import "encoding/json"

const maxMissing = 64

// ReadServer reads control text of a server. What it cannot take is a *Error with BadJSON or UnknownType.
func ReadServer(text []byte) (ServerMessage, error) {
	o, bad := readObject(text)
	if bad != nil {
		return nil, bad
	}
	var message ServerMessage
	switch kind := o.neededText("type"); kind {
	case "welcome":
		message = readWelcome(o)
	case "ack":
		message = readAck(o)
	case "outcome":
		message = readOutcome(o)
	case "error":
		message = readError(o)
	case "goaway":
		message = &GoAway{Reason: o.neededText("reason"), GraceMs: o.neededNumber("graceMs")}
	case "message":
		message = readDelivery(o)
	case "pong":
		nonce, there := o.fields["nonce"]
		if !there {
			o.fail("nonce")
		}
		message = &Pong{Nonce: nonce}
	default:
		if o.err == nil {
			o.err = frameError(UnknownType, "control type %q is not known", kind)
		}
	}
	if o.err != nil {
		return nil, o.err
	}
	return message, nil
}

func readWelcome(o *object) *Welcome {
	welcome := &Welcome{
		Protocol:   o.neededText("protocol"),
		Connection: o.neededText("connection"),
		Node:       o.neededText("node"),
		Durability: o.neededText("durability"),
	}
	switch welcome.Durability {
	case "memory", "disk", "database":
	default:
		o.fail("durability")
	}
	o.needed("limits")
	if limits := o.child("limits"); limits != nil {
		welcome.Limits = readLimits(limits)
		o.adopt(limits)
	}
	return welcome
}

func readLimits(o *object) Limits {
	limits := Limits{
		FrameBytes:       o.number("frameBytes", 65_536),
		MinChunkBytes:    o.number("minChunkBytes", 1_024),
		MessageBytes:     o.number("messageBytes", 1<<30),
		OpenMessages:     o.number("openMessages", 1_024),
		WindowBytes:      o.number("windowBytes", 8<<20),
		IdleSeconds:      o.number("idleSeconds", 60),
		MessageSeconds:   o.number("messageSeconds", 3_600),
		RetentionSeconds: o.number("retentionSeconds", 3_600),
	}
	if limits.FrameBytes <= HeaderBytes {
		o.fail("frameBytes")
	}
	limits.ChunkBytes = limits.FrameBytes - HeaderBytes
	return limits
}

func readAck(o *object) *Ack {
	ack := &Ack{ID: o.neededID("id"), Durable: o.neededNumber("durable"), Credit: o.neededNumber("credit"), ExpiresAt: o.time("expiresAt")}
	var pairs [][]json.RawMessage
	if json.Unmarshal(o.needed("missing"), &pairs) != nil || len(pairs) > maxMissing {
		o.fail("missing")
		return ack
	}
	for _, pair := range pairs {
		if len(pair) != 2 {
			o.fail("missing")
			return ack
		}
		from, okFrom := wholeNumber(pair[0])
		to, okTo := wholeNumber(pair[1])
		if !okFrom || !okTo || from >= to {
			o.fail("missing")
			return ack
		}
		ack.Missing = append(ack.Missing, Range{From: from, To: to})
	}
	return ack
}

func readOutcome(o *object) *Outcome {
	outcome := &Outcome{
		ID: o.neededID("id"), State: State(o.neededText("state")), Size: o.number("size", -1), SHA256: o.sha256("sha256"),
	}
	switch outcome.State {
	case Committed, Rejected, StateExpired, Aborted:
	default:
		o.fail("state")
	}
	if inner := o.child("error"); inner != nil {
		outcome.Error = &Error{Code: readCode(inner), Scope: ScopeMessage, ID: &outcome.ID, Limit: readLimit(inner), Message: inner.neededText("message")}
		o.adopt(inner)
	}
	return outcome
}

func readError(o *object) *Error {
	failure := &Error{
		Code: readCode(o), Scope: Scope(o.neededText("scope")), ID: o.id("id"), Retryable: o.bool("retryable"),
		RetryAfterMs: o.number("retryAfterMs", 0), Limit: readLimit(o), Message: o.neededText("message"),
	}
	switch failure.Scope {
	case ScopeFrame, ScopeMessage, ScopeConnection:
	default:
		o.fail("scope")
	}
	return failure
}

func readCode(o *object) Code {
	code := Code(o.neededText("code"))
	if !codes[code] {
		o.fail("code")
	}
	return code
}

func readLimit(o *object) *Limit {
	inner := o.child("limit")
	if inner == nil {
		return nil
	}
	limit := &Limit{Name: inner.text("name"), Max: inner.number("max", 0), Actual: inner.number("actual", 0), Hop: inner.text("hop")}
	o.adopt(inner)
	return limit
}

func readDelivery(o *object) *Delivery {
	delivery := &Delivery{
		ID: o.neededID("id"), Channel: o.neededText("channel"), Size: o.neededNumber("size"), SHA256: o.sha256("sha256"),
		ContentType: o.text("contentType"), ContentEncoding: o.text("contentEncoding"), Headers: o.texts("headers"),
		Attempt: o.neededNumber("attempt"),
	}
	o.needed("sha256")
	if delivery.Attempt < 1 {
		o.fail("attempt")
	}
	return delivery
}
