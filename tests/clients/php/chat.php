<?php
/*
 * A chat with memory in plain PHP: cURL, no framework.
 *
 * GET shows a form; POST question=... answers with the model's words as they
 * come.  On the command line: php chat.php "What is my favorite color?"
 *
 * Copy the file below the document root of an Apache host and set, with
 * SetEnv or here:
 *   MEMORYROUTER_URL    where MemoryRouter listens
 *   MEMORYROUTER_KEY    a memory key, mk_...
 *   MEMORYROUTER_MODEL  the model to ask
 */
$url = getenv('MEMORYROUTER_URL') ?: 'http://127.0.0.1:8080';
$key = getenv('MEMORYROUTER_KEY') ?: '';
$model = getenv('MEMORYROUTER_MODEL') ?: 'openai/gpt-4o';

/* Passes each word of the stream on; returns what else the server said. */
function ask(string $url, string $key, array $body, callable $say): string
{
    $rest = '';     /* the line that has not come to its end */
    $other = '';    /* lines that are no events: an error */
    $read = function ($curl, string $bytes) use (&$rest, &$other, $say): int {
        $lines = explode("\n", $rest . $bytes);
        $rest = array_pop($lines);
        foreach ($lines as $line) {
            if (!str_starts_with($line, 'data:')) {
                $other .= trim($line);
                continue;
            }
            $event = json_decode(trim(substr($line, 5)), true);
            $say($event['choices'][0]['delta']['content'] ?? '');
            $other .= $event['error']['message'] ?? '';
        }
        return strlen($bytes);
    };
    $curl = curl_init($url . '/v1/chat/completions');
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => json_encode($body),
        CURLOPT_HTTPHEADER => ['Content-Type: application/json',
                               'Authorization: Bearer ' . $key],
        CURLOPT_WRITEFUNCTION => $read,
        CURLOPT_CONNECTTIMEOUT => 10,
        CURLOPT_LOW_SPEED_LIMIT => 1,   /* silence, not length, is limited: */
        CURLOPT_LOW_SPEED_TIME => 120,  /* an answer may take minutes */
    ]);
    if (!curl_exec($curl)) {
        return curl_error($curl);
    }
    $error = json_decode($other . trim($rest), true);
    return $error['error']['message'] ?? $other;
}

$question = PHP_SAPI === 'cli' ? ($argv[1] ?? '') : ($_POST['question'] ?? '');

if ($question === '' && PHP_SAPI === 'cli') {
    fwrite(STDERR, "usage: php chat.php QUESTION\n");
    exit(2);
}
if ($question !== '') {
    header('Content-Type: text/plain; charset=utf-8');
    header('X-Accel-Buffering: no');
    set_time_limit(0);
    while (ob_get_level()) {
        ob_end_flush();
    }
    $trouble = ask($url, $key, [
        'model' => $model,
        'stream' => true,
        'messages' => [['role' => 'user', 'content' => $question]],
    ], function (string $words): void {
        echo $words;
        flush();
    });
    echo $trouble === '' ? "\n" : "[$trouble]\n";
    exit($trouble === '' ? 0 : 1);
}
?>
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Chat with memory</title>
<form method="post">
    <input name="question" size="60" autofocus>
    <button>Ask</button>
</form>
<pre></pre>
<script>
document.querySelector("form").onsubmit = async function (event) {
    event.preventDefault();
    const answer = document.querySelector("pre");
    const reply = await fetch("", {
        method: "POST", body: new URLSearchParams(new FormData(this)),
    });
    const reader = reply.body.pipeThrough(new TextDecoderStream())
        .getReader();
    answer.textContent = "";
    for (let got; !(got = await reader.read()).done;)
        answer.textContent += got.value;
};
</script>
