-- Messages that name somebody with @ (store::message::flag::MENTIONS): few, and asked for with each list.
CREATE INDEX message_mentions ON message (thread_id, pos) WHERE flags & 256 <> 0;
