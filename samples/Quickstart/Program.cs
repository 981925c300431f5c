using Quickstart;

// A digit recogniser in four forms. Each kernel's result is compared with the reference executor; a difference is the exit code.
string data = Path.Combine(AppContext.BaseDirectory, "data");
switch (args)
{
    case [] or ["--brief"]:
        break;
    case ["--emit", string folder]:
        string[] sources = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "generated"), "*.cs", SearchOption.AllDirectories);
        Directory.CreateDirectory(folder);
        foreach (string source in sources) File.Copy(source, Path.Combine(folder, Path.GetFileName(source)), overwrite: true);
        Console.WriteLine($"{sources.Length} generated files in {Path.GetFullPath(folder)}");
        return 0;
    default:
        Console.Error.WriteLine("Usage: Quickstart [--brief | --emit DIR]");
        return 2;
}

var clock = new Clock(brief: args.Length > 0);
(Digits training, Digits heldOut) = Digits.Load(data);
using var gpu = new Gpu();
var recogniser = new DigitRecogniser(data, training, heldOut);
var digits = new Report("image", heldOut.Count, clock, gpu, recogniser.Accuracy);
digits.Print($"Handwritten digits, 64-128-128-10: {heldOut.Count} held-out images, none seen in training; all in one call", recogniser.Baselines(), recogniser.Variants());

(Variant[] variants, Baseline[] baselines) = BertLayer.Create();
var bert = new Report("token", BertLayer.Tokens, clock, gpu, accuracy: null);
bert.Print($"A speed run on random values: one BERT-size layer, 768-3072, {BertLayer.Tokens} tokens in one call", baselines, variants);

// The GPU has its column in the tables; without one, a few images show that the same kernels are right there.
string? difference = null;
if (!gpu.IsDevice)
{
    const int Images = 16;
    Variant few = new DigitRecogniser(data, training, heldOut.First(Images)).TwoOfFour();
    (_, difference) = few.RunOn(gpu.Accelerator, clock: null);
    Console.WriteLine($"GPU: {few.Name}, {Images} images: {gpu.How}, checked, not timed: {difference ?? "agrees"}");
    Console.WriteLine();
}

Console.WriteLine("One of the kernels:");
Console.WriteLine(TwoOfFourInt8.HiddenKernel);

bool agree = digits.AllAgree && bert.AllAgree && difference is null;
Console.WriteLine();
Console.WriteLine(agree ? "Every result agrees with the reference executor." : "A result differs from the reference executor.");
return agree ? 0 : 1;
