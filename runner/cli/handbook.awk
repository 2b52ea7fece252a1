# Makes what `skein help` knows out of the manual pages and the examples.
#
#	awk -v as=c   -f handbook.awk examples/broken/*.md docs/skein.1 docs/skein-messages.7
#	awk -v as=man -f handbook.awk examples/broken/*.md docs/skein-messages.7
#
# as=c gives the table of handbook.h, with each entry of skein-messages(7) and
# its example as plain text; as=man gives the manual page with the examples in it.
# Of mdoc it knows what the two pages use; what it does not know is an error.

BEGIN {
	WIDTH = 76
}

function wrong(what) {
	print FILENAME ":" FNR ": " what >"/dev/stderr"
	bad = 1
	exit 1
}

# ---- examples: a page is prose, fences with files, and consoles ------------------
# A console of the title "set-up" makes what no document can, and is not shown; plain
# text stands for a console where no set-up does.

function basename(path) {
	sub(/.*\//, "", path)
	sub(/\.md$/, "", path)
	return path
}

FILENAME ~ /\.md$/ {
	if (FNR == 1) {
		id = basename(FILENAME)
		fence = was_prose = ""
		if (id != "README" && $0 != "# " id)
			wrong("the page of a message begins with '# " id "'")
		next
	}
	if (id == "README")
		next
	if (fence != "" && $0 == fence) {
		fence = ""
	} else if (fence != "" && is_hidden) {
		;
	} else if (fence != "") {
		line = $0
		gsub(/\\<</, "<<", line)
		if (is_console && line ~ /^\[[0-9]+\]$/)
			line = "(exit status " substr(line, 2, length(line) - 2) ")"
		example[id] = example[id] (line == "" ? "" : "    " line) "\n"
	} else if (match($0, /^```+/)) {
		fence = substr($0, 1, RLENGTH)
		is_console = $0 ~ /^`+(console|text$)/
		is_hidden = $0 ~ /title="set-up"/
		name = $0
		if (!is_console && (!sub(/.*file=/, "", name) || !sub(/[ }].*/, "", name)))
			wrong("a block here is a file, a console or text")
		if (!is_hidden)
			example[id] = example[id] (example[id] == "" ? "" : "\n") (is_console ? "" : name ":\n\n")
	} else if ($0 != "" && $0 !~ /^<!--/) {
		example[id] = example[id] (was_prose == FNR - 1 || example[id] == "" ? "" : "\n") $0 "\n"
		was_prose = FNR
	}
	next
}

# ---- mdoc to text -----------------------------------------------------------------

function unescape(word) {
	gsub(/\\&/, "", word)
	gsub(/\\-/, "-", word)
	gsub(/\\\(dq/, "\"", word)
	gsub(/\\\(aq/, "'", word)
	gsub(/\\e/, "\\", word)
	return word
}

# The words of a macro line, with quoted ones whole: word[1..n].
function split_words(line, word,    n, end) {
	n = 0
	while (sub(/^ +/, "", line) || line != "") {
		if (substr(line, 1, 1) == "\"") {
			line = substr(line, 2)
			end = index(line, "\"")
			if (end == 0)
				end = length(line) + 1
			word[++n] = substr(line, 1, end - 1)
			quoted[n] = 1
			line = substr(line, end + 1)
		} else {
			end = match(line, / /) ? RSTART : length(line) + 1
			word[++n] = substr(line, 1, end - 1)
			quoted[n] = 0
			line = substr(line, end)
		}
	}
	return n
}

function is_macro(w) {
	return w ~ /^(Ql|Cm|Li|Ev|Pa|Em|Ar|Sx|Fl|Xr|Nm|Pq|Ns|No|Dv|Sq)$/
}

function is_closing(w) {
	return w ~ /^[.,:;!?)]$/
}

# Text of word[i..n]; `glue` says that the next goes on without a blank.
function words_text(word, i, n,    out, w, macro, first, close_with, rest, sep) {
	out = ""
	sep = ""
	macro = ""
	close_with = ""
	for (; i <= n; i++) {
		w = word[i]
		if (!quoted[i] && w == "Ns") {
			sep = ""
			macro = ""
			continue
		}
		if (!quoted[i] && is_macro(w)) {
			macro = w
			first = 1
			if (w == "Pq") {
				out = out sep "("
				sep = ""
				close_with = ")"
			} else if (w == "Nm" && (i == n || is_closing(word[i + 1]))) {
				out = out sep "skein"
				sep = " "
			} else if (w == "Ql" || w == "Sq") {
				rest = ""
				while (i < n && (quoted[i + 1] || !is_closing(word[i + 1])) && !(word[i + 1] == "Ns" && !quoted[i + 1]))
					rest = rest (rest == "" ? "" : " ") unescape(word[++i])
				out = out sep "'" rest "'"
				sep = " "
			} else if (w == "Xr") {
				out = out sep word[i + 1] "(" word[i + 2] ")"
				i += 2
				sep = " "
			}
			continue
		}
		if (!quoted[i] && is_closing(w)) {
			# what closes the line stands outside of the parentheses
			if (close_with != "" && i == n) {
				out = out close_with
				close_with = ""
			}
			out = out w
			sep = " "
			continue
		}
		if (w == "(" && !quoted[i]) {
			out = out sep w
			sep = ""
			continue
		}
		if (macro == "Fl")
			w = "-" w
		out = out sep unescape(w)
		sep = " "
	}
	return out close_with
}

# ---- paragraphs --------------------------------------------------------------------

# What is gathered goes to `text`, in lines; the first begins with `hang`, if any.
function flush(    n, words, i, line) {
	n = split(paragraph, words, " ")
	paragraph = ""
	line = hang == "" ? indent : sprintf("%-" length(indent) "s", hang)
	hang = ""
	for (i = 1; i <= n; i++) {
		if (line ~ /[^ ]$/ && length(line) + 1 + length(words[i]) > WIDTH) {
			text = text line "\n"
			line = indent
		}
		line = line (line ~ /(^| )$/ ? "" : " ") words[i]
	}
	if (n > 0)
		text = text line "\n"
}

function add(words) {
	paragraph = paragraph (paragraph == "" || words == "" ? "" : " ") words
}

# A line of either page, within what is taken.
function take(    n, word) {
	if (is_literal && $0 !~ /^\.Ed/) {
		text = text "    " unescape($0) "\n"
	} else if ($0 !~ /^\./) {
		add(unescape($0))
	} else if ($0 ~ /^\.Pp/) {
		flush()
		text = text "\n"
	} else if ($0 ~ /^\.Bd -literal/) {
		flush()
		text = text "\n"
		is_literal = 1
	} else if ($0 ~ /^\.Ed/) {
		is_literal = 0
		text = text "\n"
	} else if ($0 ~ /^\.Dl /) {
		flush()
		text = text "    " unescape(substr($0, 5)) "\n"
	} else {
		n = split_words(substr($0, 2), word)
		if (!is_macro(word[1]))
			wrong("no rule for ." word[1])
		add(words_text(word, 1, n))
	}
}

# ---- the C table -------------------------------------------------------------------

function c_string(s) {
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\\"", s)
	gsub(/\t/, "\\t", s)
	gsub(/\?\?/, "?\\?", s)
	gsub(/\n/, "\\n\"\n\t  \"", s)
	sub(/\n\t  "$/, "", s)
	if (s !~ /"$/)
		s = s "\""
	return "\"" s
}

# The first sentence; what an entry is in the list of all.
function first_sentence(s) {
	gsub(/\n/, " ", s)
	sub(/[.;:] .*/, ".", s)
	sub(/\.$/, "", s)
	return s
}

function finish() {
	if (entry == "")
		return
	flush()
	printf "\t{ %s, %s, %s, %s,\n\t  %s,\n\t  %s },\n", c_string(entry), c_string(topic),
	    c_string(level), c_string(first_sentence(text)), c_string(text),
	    entry in example ? c_string(example[entry]) : "NULL"
	entry = text = level = ""
}

# ---- the exit statuses, of skein(1) ---------------------------------------------------

as == "c" && FILENAME ~ /skein\.1$/ {
	if ($0 ~ /^\.Sh /) {
		if (is_status)
			flush()
		is_status = $0 == ".Sh EXIT STATUS"
		indent = is_status ? "        " : ""
		next
	}
	if (!is_status)
		next
	if ($0 ~ /^\.It /) {
		flush()
		hang = substr($0, 5)
	} else if ($0 ~ /^\.El/) {
		flush()
		indent = ""
	} else if ($0 !~ /^\.Bl/) {
		take()
	}
	next
}

# ---- the messages -----------------------------------------------------------------------

as == "c" && FNR == 1 {
	statuses = text
	text = ""
	indent = ""
	print "/* Made by handbook.awk of the manual pages and examples/broken. */"
	print "#include <stddef.h>\n\n#include \"runner/cli/handbook.h\"\n"
	print "const char handbook_statuses[] =\n\t  " c_string(statuses) ";\n"
	print "const struct handbook_entry handbook[] = {"
}

as == "c" {
	if ($0 ~ /^\.Sh /) {
		finish()
		is_messages = $0 == ".Sh MESSAGES"
	} else if (!is_messages || $0 ~ /^\.Bl/) {
		;
	} else if ($0 ~ /^\.Ss /) {
		finish()
		topic = substr($0, 5)
	} else if ($0 ~ /^\.It Li /) {
		finish()
		entry = substr($0, 8)
	} else if ($0 ~ /^\.El/) {
		finish()
	} else {
		if (entry != "" && level == "") {
			level = match($0, /^\([^)]*\)/) ? substr($0, 2, RLENGTH - 2) : "warning"
			sub(/^(\([^)]*\)|Warning:) */, "")
		}
		take()
	}
}

# ---- the manual page ----------------------------------------------------------------------

function show(id,    n, lines, i, line) {
	if (!(id in example))
		return
	print ".Bd -literal"
	n = split(example[id], lines, "\n")
	for (i = 1; i < n; i++) {
		line = lines[i]
		gsub(/\\/, "\\e", line)
		print (line ~ /^[.']/ ? "\\&" : "") line
	}
	print ".Ed"
}

as == "man" {
	if ($0 ~ /^\.(It Li|El|Ss|Sh)/ && entry != "") {
		show(entry)
		entry = ""
	}
	if ($0 ~ /^\.Sh /)
		is_messages = $0 == ".Sh MESSAGES"
	if (is_messages && $0 ~ /^\.It Li /)
		entry = substr($0, 8)
	print
}

END {
	if (as == "c" && !bad)
		print "\t{ NULL, NULL, NULL, NULL, NULL, NULL }\n};"
}
